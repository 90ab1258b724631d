// What a measure found, as a table for people and as JSON for machines.
// A row whose value is above its target is marked, never left out: the benchmark reports, it does not judge.

export interface Row {
  /** Its number in docs/performance.md, such as P1; none for what only explains others. */
  readonly id?: string;
  /** What was measured, with the size it was measured at. */
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
  /** The least that is possible, where physics or the protocol gives one. */
  readonly floor?: number;
  /** The value to stay at or below. */
  readonly target?: number;
  /** `target` is meant for value / floor and not for the value. */
  readonly targetIsRatio?: boolean;
  readonly note?: string;
}

export interface Report {
  readonly startedAt: string;
  readonly node: string;
  readonly cpus: number;
  readonly cpuModel: string;
  /** Load average of the last minute before the first measure: above 0 somebody else used the machine too. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
}

const columns = ['', 'measure', 'floor', 'value', 'ratio', 'target', ''] as const;

export function table(rows: readonly Row[]): string {
  const lines = [columns as readonly string[], ...rows.map(cells)];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Undefined for a row without a target. */
export function isMet({ value, floor, target, targetIsRatio = false }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  return targetIsRatio ? value <= target * (floor ?? Number.NaN) : value <= target;
}

function cells(row: Row): readonly string[] {
  const { id = '', measure, unit, value, floor, target, targetIsRatio = false, note = '' } = row;
  const ratio = floor === undefined || floor === 0 ? '' : `${(value / floor).toFixed(2)}×`;
  const wanted = target === undefined ? '' : targetIsRatio ? `≤ ${target}×` : `≤ ${text(target)}`;
  const verdict = isMet(row) === false ? ' MISSED' : '';
  return [
    id,
    measure,
    floor === undefined ? '' : text(floor),
    `${text(value)} ${unit}`,
    ratio,
    `${wanted}${verdict}`,
    note,
  ];
}

function text(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function pad(cell: string, width: number, column: number): string {
  return column <= 1 || column === columns.length - 1 ? cell.padEnd(width) : cell.padStart(width);
}

/** The value below which this share of the samples lies; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
