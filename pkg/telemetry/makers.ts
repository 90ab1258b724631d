// Makes metrics that belong to one registry and to no global one.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface Definition {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

export function makers(registry: Registry) {
  const registers = [registry];
  const of = ({ name, help, labelNames = [] }: Definition) => ({ name, help, labelNames: [...labelNames], registers });
  return {
    counter: (definition: Definition) => new Counter(of(definition)),
    gauge: (definition: Definition) => new Gauge(of(definition)),
    histogram: (definition: Definition) => new Histogram({ ...of(definition), buckets: seconds }),
  };
}
