// The watched Secrets and ConfigMaps that clusters refer to, in the terms of the reconcile.

import type { ReferenceWatcher } from '../../pkg/kube/references.ts';
import { configMaps, secrets } from '../../pkg/kube/resources.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { ReferenceReader } from './reconcile.ts';
import type { Reference, References } from './references.ts';

const types = { Secret: secrets, ConfigMap: configMaps } as const;

export function watchedReferences(watcher: ReferenceWatcher): ReferenceReader {
  const stateOf = (namespace: string, { kind, name }: Reference) => watcher.get(types[kind], { namespace, name });
  return {
    track(owner: ObjectKey, references: readonly Reference[]): void {
      watcher.track(
        owner,
        references.map(({ kind, name }) => ({ type: types[kind], key: { namespace: owner.namespace, name } })),
      );
    },
    read(namespace: string): References {
      return (reference) => {
        const found = stateOf(namespace, reference);
        return found.state === 'present' ? found : { state: found.state };
      };
    },
    version(owner: ObjectKey, references: readonly Reference[]): string {
      const versions = references.map((reference) => {
        const { state, object } = stateOf(owner.namespace, reference);
        return `${reference.kind}/${reference.name}=${object?.metadata.uid ?? state}@${object?.metadata.resourceVersion ?? ''}`;
      });
      return versions.toSorted().join(' ');
    },
  };
}
