// How long something has lasted, as this process saw it. It is asked and never told, and forgets with the process: then all begins
// anew, which only makes it slower.

/** For how long something has been true of one text; of another one it begins anew. */
export class Stopwatch {
  private of: string | undefined;
  private sinceMs = 0;

  read(text: string, isTrue: boolean): number {
    const now = performance.now();
    if (!isTrue) this.of = undefined;
    else if (this.of !== text) {
      this.of = text;
      this.sinceMs = now;
    }
    return isTrue ? now - this.sinceMs : 0;
  }
}
