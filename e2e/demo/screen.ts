// Where the demo writes. On a terminal a block of lines at the bottom is drawn again in place; elsewhere (a log, a pipe) lines are only ever appended,
// and a block gives only those of its lines that were not the last ones seen under their key.

import type { WriteStream } from 'node:tty';

export interface BlockLine {
  /** What the line is about: a changed text under the same key is news. */
  readonly key: string;
  readonly text: string;
}

export interface Screen {
  readonly live: boolean;
  /** Lines that fit on the terminal; endless elsewhere. */
  readonly rows: number;
  /** A line that stays. */
  say(text: string): void;
  /** Replaces the block at the bottom. */
  draw(block: readonly BlockLine[]): void;
  /** The block becomes lines that stay. */
  release(): void;
}

export type Output = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

const clearBelow = '\u001b[J';

export function createScreen(out: Output): Screen {
  return out.isTTY === true ? terminalScreen(out) : plainScreen(out);
}

function terminalScreen(out: Output): Screen {
  let drawn: readonly BlockLine[] = [];
  const erase = (): string => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A\r${clearBelow}`);
  const fit = (text: string): string => text.slice(0, (out.columns ?? 80) - 1);
  const text = (block: readonly BlockLine[]): string => block.map((line) => `${fit(line.text)}\n`).join('');
  return {
    live: true,
    get rows() {
      return out.rows ?? 24;
    },
    say: (line) => void out.write(`${erase()}${line}\n${text(drawn)}`),
    draw(block) {
      if (text(block) === text(drawn)) return;
      out.write(`${erase()}${text(block)}`);
      drawn = block;
    },
    release() {
      drawn = [];
    },
  };
}

function plainScreen(out: Output): Screen {
  const seen = new Map<string, string>();
  return {
    live: false,
    rows: Number.POSITIVE_INFINITY,
    say: (line) => void out.write(`${line}\n`),
    draw(block) {
      for (const { key, text } of block) {
        if (seen.get(key) === text) continue;
        seen.set(key, text);
        out.write(`${text}\n`);
      }
    },
    release() {
      seen.clear();
    },
  };
}
