// What happened in a run, in order: the material of golden logs and of a failure's message.

import type { Clock } from '../../../pkg/kube/clock.ts';
import type { Pod } from '../../../pkg/kube/resources.ts';
import type { Change } from '../../../pkg/kube/testing/model-api.ts';
import type { Write } from './fragile-api.ts';

export type Teller = 'person' | 'operator' | 'write' | 'event' | 'nifi' | 'kubernetes';

export interface Line {
  readonly atMs: number;
  readonly who: Teller;
  readonly text: string;
}

export class Trace {
  readonly lines: Line[] = [];
  private readonly clock: Clock;
  private readonly readiness = new Map<string, boolean>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  tell(who: Teller, text: string): void {
    this.lines.push({ atMs: this.clock.monotonicMs(), who, text });
  }

  wrote({ line, kind, object }: Write): void {
    if (kind !== 'NiFiCluster') this.tell('write', `${line}${detailOf(kind, object)}`);
  }

  /** Pods that become ready or cease to, and objects that vanish. */
  saw({ type, plural, object }: Change): void {
    if (plural !== 'pods') return;
    const { name } = object.metadata;
    const ready =
      (object as Pod).status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    const gone = type === 'DELETED';
    if (gone) this.tell('kubernetes', `Pod ${name} is gone`);
    else if (ready !== (this.readiness.get(name) ?? false)) {
      this.tell('kubernetes', `Pod ${name} is ${ready ? 'ready' : 'not ready'}`);
    }
    this.readiness.set(name, ready && !gone);
  }

  /** Since a time, one line each: `+12.3s who  what`. */
  text(sinceMs = 0): string {
    const lines = this.lines.filter(({ atMs }) => atMs >= sinceMs);
    return lines
      .map(
        ({ atMs, who, text }) =>
          `${`+${((atMs - sinceMs) / 1000).toFixed(1)}s`.padStart(8)}  ${who.padEnd(10)}  ${text}\n`,
      )
      .join('');
  }
}

/** Of a patch: which fields of the record or the Pod, without values that change from run to run. */
function detailOf(kind: string, object: unknown): string {
  const { data, metadata } = (object ?? {}) as {
    readonly data?: Readonly<Record<string, string>>;
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string | null>> };
  };
  if (kind === 'ConfigMap' && data?.['revision'] !== undefined) {
    const removal =
      data['removal'] === undefined ? undefined : (JSON.parse(data['removal']) as { state: string } | null);
    return removal ? ` (removal ${removal.state})` : '';
  }
  const marks = Object.entries(kind === 'Pod' ? (metadata?.annotations ?? {}) : {});
  const told = marks.map(([key, value]) => `${key.slice(key.indexOf('/') + 1)}=${value ?? 'none'}`);
  return told.length === 0 || metadata?.annotations === undefined || 'spec' in (object as object)
    ? ''
    : ` (${told.join(', ')})`;
}
