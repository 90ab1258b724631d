// What a model NiFi's coordinator knows of each node: its entry of the cluster table, with the events a person sees.
// No decisions: who may change what is in nifi.ts.

import type { NodeConnection } from '../../../pkg/nifi/types.ts';
import type { NiFiProcess } from './nifi-process.ts';

export interface Entry {
  readonly nodeId: string;
  readonly address: string;
  status: NodeConnection;
  /** Newest first. */
  readonly events: string[];
  /** The process that last joined under this entry; it may be gone. */
  process: NiFiProcess;
  /** Counts up with every change: what was begun for an earlier state does not end it. */
  turn: number;
}

export class Table {
  readonly entries = new Map<string, Entry>();

  in(status: NodeConnection): readonly Entry[] {
    return [...this.entries.values()].filter((entry) => entry.status === status);
  }

  of(process: NiFiProcess): Entry | undefined {
    const entry = this.entries.get(process.nodeId);
    return entry?.process === process ? entry : undefined;
  }

  /** Takes the process in as CONNECTING; what was known under its address is replaced. */
  enter(process: NiFiProcess): Entry {
    for (const [nodeId, { address }] of this.entries) {
      if (address === process.host && nodeId !== process.nodeId) this.entries.delete(nodeId);
    }
    const known = this.entries.get(process.nodeId);
    const entry: Entry = known ?? {
      nodeId: process.nodeId,
      address: process.host,
      status: 'CONNECTING',
      events: [],
      process,
      turn: 0,
    };
    entry.process = process;
    this.entries.set(process.nodeId, entry);
    this.change(entry, 'CONNECTING', 'Connection requested from existing node. Setting status to connecting.');
    return entry;
  }

  change(entry: Entry, status: NodeConnection, event: string): void {
    entry.status = status;
    entry.turn += 1;
    entry.events.unshift(event);
    if (entry.events.length > 32) entry.events.pop();
  }
}
