// Reads the text that Prometheus scrapes: names, labels and values, nothing more.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  readonly samples: readonly Sample[];
  /** Sum over all series of this name whose labels have these values; 0 when there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

export function parseMetrics(text: string): Metrics {
  const samples = text.split('\n').flatMap((line): readonly Sample[] => {
    const match = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/u.exec(line);
    if (match?.groups === undefined) return [];
    const { name = '', labels = '', value } = match.groups;
    return [{ name, labels: parseLabels(labels), value: Number(value) }];
  });
  return {
    samples,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels);
      return samples
        .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
        .reduce((total, { value }) => total + value, 0);
    },
  };
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [, key = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gu)) labels[key] = value;
  return labels;
}
