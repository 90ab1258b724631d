// The gateway's REST client in the model: the real one's knowledge of nodes, and answers from the model NiFi.

import { NiFiClient, type NiFiClientOptions } from '../../../pkg/nifi/client.ts';
import { NiFiUnreachableError } from '../../../pkg/nifi/errors.ts';
import type { CallRequest, NodeCalls } from '../../../pkg/nifi/types.ts';
import { type Fragility, fragile } from './fragile-api.ts';
import { answer, type Rest } from './nifi-rest.ts';

const never = new Promise<never>(() => undefined);

export class ModelNiFiClient extends NiFiClient {
  private readonly rest: Rest;
  private readonly fragility: Fragility;

  constructor(options: NiFiClientOptions, rest: Rest, fragility: Fragility) {
    super(options);
    this.rest = rest;
    this.fragility = fragility;
  }

  override on(id: number): NodeCalls {
    const { host, port } = super.on(id);
    return { id, host, port, request: (call) => this.call(id, call) };
  }

  private async call(id: number, call: CallRequest): Promise<unknown> {
    // Looked up now: the Pod may have been replaced meanwhile.
    const podUid = this.nodes.find((node) => node.id === id)?.podUid ?? '';
    const asked = (): Promise<unknown> => answer(this.rest, id, podUid, call);
    if (call.method === 'GET') return this.heard(asked);
    const entry = this.rest.nifi.table.entries.get(call.params?.['id'] ?? '');
    const status = call.method === 'DELETE' ? 'DELETE' : statusIn(call);
    const name = String(entry?.process.id ?? '?');
    const write = { line: `NiFi ${status} node ${name}`, verb: status, kind: 'NiFi', name, object: entry };
    const failure = (outcomeUnknown: boolean): Error =>
      new NiFiUnreachableError(id, outcomeUnknown ? 'Reset' : 'Refused', 'the connection was cut', call);
    return fragile(this.fragility, write, asked, failure);
  }

  private async heard(asked: () => Promise<unknown>): Promise<unknown> {
    if (!this.fragility.alive()) return never;
    const answered = await asked();
    return this.fragility.alive() ? answered : never;
  }
}

function statusIn({ body }: CallRequest): string {
  return (body as { readonly node?: { readonly status?: string } } | undefined)?.node?.status ?? 'WRITE';
}
