// Times, counts and sizes as NiFi's JSON writes them. Always UTC.

/** `10:06:39 UTC` */
export function timeOfDay(at: Date): string {
  return `${at.toISOString().slice(11, 19)} UTC`;
}

/** `11/21/2026 10:06:39 UTC` */
export function timestamp(at: Date): string {
  const iso = at.toISOString();
  return `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${timeOfDay(at)}`;
}

/** `1,500` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `1.95 MB` */
export function dataSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 2 })} ${units[unit] ?? ''}`;
}

/** `11/21/2026 10:06:39.123 UTC`, as requests that run in the background are dated. */
export function timestampMs(at: Date): string {
  return timestamp(at).replace(' UTC', `.${at.toISOString().slice(20, 23)} UTC`);
}

export type Json = Readonly<Record<string, unknown>>;
