// What is remembered of one dataflow between its reconciles, beside what Kubernetes and NiFi keep. A restart of the operator loses all
// of it and nothing else: it only saves calls, and says how the work went.

import type { DataflowRequest, InvalidComponent } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import type { Verdict } from '../nifi/verdict.ts';
import type { FlowInRegistry } from './plan/source.ts';
import type { FlowWorld } from './plan/world.ts';

/** What takes calls for this very group: what it contains. */
export interface Looked {
  /** What the group was like then, see `likenessOf`. */
  readonly likeness: string;
  readonly atMs: number;
  readonly services?: NonNullable<FlowWorld['services']>;
  readonly nested?: NonNullable<FlowWorld['nested']>;
  readonly invalid: readonly InvalidComponent[];
}

export interface FlowRequest extends Pick<DataflowRequest, 'type' | 'version'> {
  state: DataflowRequest['state'];
  message?: string;
  /** When it was first told. */
  startedAt?: string;
}

export interface FlowMemory {
  /** What of NiFi the spec depends on. */
  reads?: string;
  /** Of the last task that was run. */
  input?: string;
  /** When all was last as asked, monotonic: a difference after that is a new one and is mended anew. */
  epoch?: number;
  /** Since when NiFi's shared answers show what only a person mends, monotonic. */
  stalledMs?: number | undefined;
  /** What the attempt that runs gives up with. */
  said?: Verdict | undefined;
  /** Why the last attempt came to no end. */
  verdict?: Verdict | undefined;
  request?: FlowRequest;
  /** The group as the last task left it, undefined when there is none; counts until NiFi's shared answer is newer. */
  left?: { readonly group: ProcessGroup | undefined; readonly atMs: number } | undefined;
  looked?: Looked | undefined;
  /** A task found that the group is gone, although it was there once. */
  isLost?: boolean;
  /** Of the root group. */
  rootId?: string | undefined;
  /** The version that the registry is known to have, as the plan names it. */
  given?: string | undefined;
  /** The names of the spec, in the registry; `of` is what was looked up. */
  found?: FlowInRegistry & { readonly of: string; readonly newest: string; readonly atMs: number };
}

/** Changes when what was looked at may have changed too. */
export function likenessOf(
  { id, counts, comments, versionControl, parameterContextId }: ProcessGroup,
  contexts: readonly { readonly id: string; readonly revision: { readonly version: number } }[],
): string {
  const context = contexts.find((each) => each.id === parameterContextId);
  const { version, registryId } = versionControl ?? {};
  return JSON.stringify([id, counts, comments, registryId, version, parameterContextId, context?.revision.version]);
}
