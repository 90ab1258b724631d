// Small objects for the runtime's own tests.

import type { Reflector } from '../reflector.ts';
import { type ConfigMap, configMaps } from '../resources.ts';
import type { StoreEvent } from '../store.ts';
import { type KubeObject, keyOf, keyText } from '../types.ts';

/** A ConfigMap in namespace `ns` with one value. */
export function aConfigMap(name: string, value = '', namespace = 'ns'): ConfigMap {
  return { apiVersion: configMaps.apiVersion, kind: configMaps.kind, metadata: { name, namespace }, data: { value } };
}

/** Collects a reflector's events as short lines: `added ns/a`, `deleted ns/a (final state unknown)`. */
export function eventLog<T extends KubeObject>(reflector: Pick<Reflector<T>, 'store'>): string[] {
  const lines: string[] = [];
  reflector.store.subscribe((event) => lines.push(describeEvent(event)));
  return lines;
}

function describeEvent<T extends KubeObject>(event: StoreEvent<T>): string {
  const notes = [event.initial ? ' (initial)' : '', event.finalStateUnknown ? ' (final state unknown)' : ''].join('');
  return `${event.kind} ${keyText(keyOf(event.object))}${notes}`;
}
