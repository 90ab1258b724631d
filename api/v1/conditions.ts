// The closed vocabulary of conditions. `Ready` sums up; `Reconciling` and `Stalled` follow kstatus (abnormal-true, present only while
// true); five others say which part of a cluster is well. Reasons are in conditions.reasons.ts, events in conditions.events.ts.
// The same word is the reason of a planner's step, of the condition and of the event. docs/reference/conditions.md is generated from here.
// Surprise: a word may be added, never renamed or given another meaning: users' alerts and tools match on it.

import { type EventOnly, eventReasons } from './conditions.events.ts';
import { type Reason, reasons } from './conditions.reasons.ts';

export type { Reason };
export { eventReasons, reasons };

interface ConditionTypeMeaning {
  readonly meaning: string;
  /** The status that says all is well. */
  readonly good: 'True' | 'False';
}

export const conditionTypes = {
  Ready: {
    meaning: 'The cluster is what its spec asks for and works: every member is connected, nothing waits for a person.',
    good: 'True',
  },
  Reconciling: {
    meaning: 'The operator is bringing the cluster to its spec. Present only while true.',
    good: 'False',
  },
  Stalled: {
    meaning:
      'The operator cannot go on until a person changes something; reason and message say what. Present only while true.',
    good: 'False',
  },
  SpecAccepted: {
    meaning: 'The spec is valid, what it refers to exists, and every field of it is supported by this operator.',
    good: 'True',
  },
  NodesHealthy: {
    meaning: 'Every member has its volumes and a Pod whose containers run.',
    good: 'True',
  },
  ClusterConnected: {
    meaning: "NiFi's own view, freshly read, shows every member as CONNECTED.",
    good: 'True',
  },
  ConfigurationApplied: {
    meaning: 'Every node runs the configuration that the spec asks for; False while a restart or a rebuild is due.',
    good: 'True',
  },
  CertificatesValid: {
    meaning: 'Every certificate exists, is signed by the expected CA and is not close to its end.',
    good: 'True',
  },
} as const satisfies Record<string, ConditionTypeMeaning>;

/** The reason of an event: a word of its own, or the reason of the condition it goes with. */
export type EventReason = EventOnly | Reason;
