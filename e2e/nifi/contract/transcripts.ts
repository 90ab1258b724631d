// Recorded calls to a real NiFi, when somebody has them beside the checkout, and which of them the stand-in plays so far.
// What is not played yet is named by a pattern here, so that a run says how much of the record it covers.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface RecordedCall {
  readonly kind: 'call';
  readonly note: string;
  readonly node: string;
  readonly client: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  /** -1 for a connection that TLS refused. */
  readonly status: number;
  readonly response: unknown;
}

/** The states of all nodes, by address, as one of them saw them. */
export interface RecordedStates {
  readonly kind: 'states';
  readonly seenFrom: string;
  readonly nodes: Readonly<Record<string, string>>;
}

/** Something done to a process. */
export interface RecordedEvent {
  readonly kind: 'event';
  readonly text: string;
}

export type RecordedLine = RecordedCall | RecordedStates | RecordedEvent;

const directory = fileURLToPath(new URL('../../../../shared/reference/nifi-2.11/transcripts/', import.meta.url));

/** Metrics, bulletins and prioritizers; and which extensions there are, since the recorded NiFi had few. */
const notPlayed =
  /^\/nifi-api\/(?:flow\/metrics|flow\/prioritizers|flow\/bulletin-board|controller\/registry-types)|^flow\/metrics/;

export function hasTranscripts(): boolean {
  return existsSync(directory);
}

export function readTranscript(file: string): readonly RecordedLine[] {
  const lines = readFileSync(`${directory}${file}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => toLine(JSON.parse(line) as Record<string, unknown>));
}

/** A flow as the recorded NiFi exported it. */
export function readDefinition(): string {
  return readFileSync(new URL('../flow-definition.json', `file://${directory}`), 'utf8');
}

/** A race that NiFi lost once: it took a write from a node that said in the same moment that it was disconnected. */
const lostRace = /^modify on disconnected node without ack/;

export function isPlayed(call: RecordedCall): boolean {
  return !notPlayed.test(call.path) && !(lostRace.test(call.note) && call.status === 200);
}

function toLine(raw: Record<string, unknown>): RecordedLine {
  if (typeof raw['event'] === 'string') return { kind: 'event', text: raw['event'] };
  if (raw['nodes'] !== undefined) {
    return { kind: 'states', seenFrom: String(raw['seen_from']), nodes: raw['nodes'] as Record<string, string> };
  }
  const client = raw['client'];
  return {
    kind: 'call',
    note: text(raw['note']),
    node: text(raw['node']),
    client: typeof client === 'string' ? client : undefined,
    method: text(raw['method']),
    // In the record "/root/" of one path fell to a replacement of the recording machine's directories.
    path: text(raw['path']).replace('/process-groups/opt/nifi', '/process-groups/root/process-groups'),
    request: raw['request'] ?? undefined,
    status: Number(raw['status']),
    response: raw['response'],
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
