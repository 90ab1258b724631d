// metav1.MicroTime: the API server takes exactly six fractional digits and answers 400 to the three of JavaScript.

/** `2026-01-01T00:00:00.000000Z` */
export function microTime(date: Date): string {
  return `${date.toISOString().slice(0, -1)}000Z`;
}
