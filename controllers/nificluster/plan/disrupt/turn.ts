// What one node's turn in the disrupt plan is made of, and the few steps that several turns share.

import type { EventReason, Reason } from '../../../../api/v1/conditions.ts';
import type { ViewNode } from '../../../../pkg/nifi/types.ts';
import type { NodeRecord } from '../../build/record.ts';
import type { PlanInput } from '../input.ts';
import type { Asks, Finding, NiFiStep, NodeStep } from '../steps.ts';
import type { ObservedPod } from '../world.ts';
import { markText, type Purpose } from './mark.ts';

export interface Turn {
  readonly steps?: readonly NodeStep[];
  readonly nifi?: readonly NiFiStep[];
  readonly findings?: readonly Finding[];
  /** The node's own word is wanted. */
  readonly report?: boolean;
  /** What it waits for is no news from NiFi: NiFi need not be asked. */
  readonly quiet?: boolean;
}

/** Turns, each with the node whose it is; undefined for what is of the whole cluster. */
export type Turns = [number | undefined, Turn][];

export const nothingToAsk: Asks = { view: false, opinions: [], reports: [], againMs: undefined };

/** What NiFi accepted and did not do is asked for again after this long. */
const againAfterMs = 30_000;

export function asking(
  { monotonicMs }: Pick<PlanInput, 'monotonicMs'>,
  kind: NiFiStep['kind'],
  id: number,
  entry: ViewNode,
  told: { readonly why: EventReason; readonly note: string },
): NiFiStep {
  const { nodeId, sinceMs } = entry;
  return { kind, id, nodeId, sinceMs, attempt: Math.floor((monotonicMs - sinceMs) / againAfterMs), ...told };
}

export function announcing(id: number, why: EventReason, note: string, former?: string): NodeStep {
  return { kind: 'Announce', id, why, note, former };
}

export function marking({ now }: Pick<PlanInput, 'now'>, pod: ObservedPod, purpose: Purpose | undefined): NodeStep {
  const { id, name, uid, resourceVersion } = pod;
  const mark = purpose === undefined ? undefined : markText(purpose, now.getTime());
  return { kind: 'MarkPod', id, name, uid, resourceVersion, mark };
}

export function deleting({ id, name, uid, resourceVersion }: ObservedPod): NodeStep {
  return { kind: 'DeletePod', id, name, uid, resourceVersion, why: undefined, note: '' };
}

/** The record with these changes; `removal` is taken away unless it is among them. */
export function recording(
  record: NodeRecord,
  { removal, ...change }: Partial<NodeRecord>,
  why: EventReason | undefined,
  note: string,
): NodeStep {
  const { removal: _, ...rest } = record;
  const next = { ...rest, ...change, ...(removal === undefined ? {} : { removal }) };
  return { kind: 'UpdateRecord', id: record.id, record: next, why, note };
}

export function progress(id: number, reason: Reason, message: string): Finding {
  return { reason, message, node: id, effect: 'waits' };
}

export function stuck(id: number, reason: Reason, message: string): Finding {
  return { reason, message, node: id, effect: 'blocks' };
}
