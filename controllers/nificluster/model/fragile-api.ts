// The operator's way to the model API server: each write may be delayed, refused, carried out unheard of, or be the last.
// Reads of a process that is gone never return; nor does anything else of it.

import type { KubeApi } from '../../../pkg/kube/api.ts';
import type { Clock } from '../../../pkg/kube/clock.ts';
import { KubeTransportError } from '../../../pkg/kube/errors.ts';
import type { ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../pkg/kube/types.ts';
import type { Chaos } from './chaos.ts';

export interface Fragility {
  readonly chaos: Chaos;
  readonly clock: Clock;
  readonly alive: () => boolean;
  readonly crash: () => void;
  /** Sees each write right before it is carried out. */
  readonly watch: (write: Write) => void;
}

export interface Write {
  /** `delete Pod prod-0`, `PUT node 1 DISCONNECTING`. */
  readonly line: string;
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
  readonly object?: unknown;
}

const never = new Promise<never>(() => undefined);
const slowMs = 1_500;

/** Carries out a write, or lets it go wrong. */
export async function fragile<T>(
  { chaos, clock, alive, crash, watch }: Fragility,
  write: Write,
  carryOut: () => Promise<T>,
  failure: (outcomeUnknown: boolean) => Error,
): Promise<T> {
  if (!alive()) return never;
  const fault = chaos.next(write.line);
  if (fault === 'slow') await new Promise<void>((resolve) => clock.setTimeout(resolve, slowMs));
  if (fault === 'crashBefore') crash();
  if (!alive()) return never;
  if (fault === 'refused') throw failure(false);
  watch(write);
  const done = carryOut();
  if (fault === 'crash') {
    // The process is gone whatever came of it: nobody is left to hear of a refusal.
    await done.catch(() => undefined);
    crash();
    return never;
  }
  const answer = await done;
  if (!alive()) return never;
  if (fault === 'lost') throw failure(true);
  return answer;
}

export function fragileApi(api: ModelApi, fragility: Fragility): KubeApi {
  const through = <T>(verb: string, { kind }: ResourceType, name: string, object: unknown, act: () => Promise<T>) =>
    fragile(fragility, { line: `${verb} ${kind} ${name}`, verb, kind, name, object }, act, unheard);
  const heard = async <T>(act: () => Promise<T>): Promise<T> => {
    const result = await act();
    return fragility.alive() ? result : never;
  };
  return {
    get: (type, key, options) => heard(() => api.get(type, key, options)),
    list: (type, options) => heard(() => api.list(type, options)),
    watch: (type, options) => api.watch(type, options),
    raw: (method, path) => api.raw(method, path),
    create: <T extends KubeObject>(type: ResourceType<T>, object: T) =>
      through('create', type, object.metadata.name, object, () => api.create(type, object)),
    update: <T extends KubeObject>(type: ResourceType<T>, object: T) =>
      through('update', type, object.metadata.name, object, () => api.update(type, object)),
    apply: <T extends KubeObject>(type: ResourceType<T>, object: T) =>
      through('apply', type, object.metadata.name, object, () => api.apply(type, object)),
    patch: <T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, patch: object, options = {}) =>
      through('patch', type, key.name, patch, () => api.patch(type, key, patch, options)),
    delete: (type, key, options) => through('delete', type, key.name, options, () => api.delete(type, key, options)),
  };
}

function unheard(outcomeUnknown: boolean): Error {
  return new KubeTransportError('the connection was cut', 'ECONNRESET', outcomeUnknown);
}
