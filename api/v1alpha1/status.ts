// The status in both versions. It is only ever written in v1, by the operator; but who writes a spec in v1alpha1 carries the status
// along, and it has to come back as it was. Pure.

import type { Json } from '../../pkg/schema/structural.ts';
import { at, equal, type Fields, listOf, withAt } from './json.ts';

/** Fields of the small status and their names in v1; all but `message`, which is the word of a condition there. */
const names: Readonly<Record<string, string>> = {
  phase: 'phase',
  readyNodes: 'readyNodes',
  clusterCoordinator: 'coordinator',
  replicas: 'replicas',
  selector: 'selector',
};

export function statusInV1alpha1(status: Fields): Fields {
  const small = Object.entries(names).flatMap(([name, inV1]) => {
    const value = status[inV1];
    return value === undefined ? [] : [[name, value] as const];
  });
  const message = messageOf(status);
  return { ...Object.fromEntries(small), ...(message === undefined ? {} : { message }) };
}

/** `kept` with what the small status says otherwise. */
export function statusInV1(small: Fields, kept: Fields | undefined): Fields {
  return Object.entries(names).reduce<Fields>((status, [name, inV1]) => {
    return equal(small[name], status[inV1]) ? status : withAt(status, [inV1], small[name]);
  }, kept ?? {});
}

function messageOf({ conditions }: Fields): Json | undefined {
  const ready = listOf(conditions).find((each) => at(each, ['type']) === 'Ready');
  return at(ready, ['message']);
}
