// Whether the spec asks for an older NiFi than the one that wrote what is on the volumes, and nobody allowed it: NiFi
// promises to read what older versions wrote, and nothing the other way round.
// While it is refused nothing is rendered from the spec: nodes run on, come back from their records, and no node of the
// older version joins them.

import { coerce, compare } from 'semver';
import { annotations } from '../../../api/v1/labels.ts';
import { listed } from './gates.ts';
import type { PlanInput } from './input.ts';
import type { Finding } from './steps.ts';
import { isReadable } from './world.ts';

type Known = Pick<PlanInput, 'cluster' | 'world'>;

/** The input of every plan: without what the spec asks for, where that is a refused downgrade. */
export function withoutDowngrade(input: PlanInput): PlanInput {
  return refusedDowngrade(input) === undefined
    ? input
    : { ...input, desired: new Map(), render: () => undefined, renderOn: () => undefined };
}

export function refusedDowngrade({ cluster, world }: Known): Finding | undefined {
  const { name, namespace, spec, wishes } = cluster;
  if (wishes.allowDowngradeTo === spec.version) return undefined;
  const newer = [...world.records.values()]
    .flatMap((record) => (isReadable(record) && record.established !== undefined ? [record] : []))
    .flatMap(({ id, wrote: version }) =>
      version !== undefined && isLower(spec.version, version) ? [{ id, version }] : [],
    )
    .toSorted((a, b) => (isLower(a.version, b.version) ? 1 : -1));
  const [newest] = newer;
  if (newest === undefined) return undefined;
  const nodes = listed(newer.map(({ id }) => String(id)));
  const overwrite = wishes.allowDowngradeTo === undefined ? '' : ' --overwrite';
  const message =
    `spec.version ${spec.version} is lower than ${newest.version}, which has run on the volumes of nodes ${nodes}: put ${newest.version} back, ` +
    'or, if NiFi can read there what the newer version wrote, allow it: ' +
    `kubectl annotate nificluster ${name} ${annotations.allowDowngrade}=${spec.version} -n ${namespace}${overwrite}`;
  return { reason: 'DowngradeRefused', message, effect: 'blocks' };
}

/** By the three numbers: what a vendor adds says nothing about what NiFi can read. */
function isLower(version: string, than: string): boolean {
  return compare(coerce(version) ?? '0.0.0', coerce(than) ?? '0.0.0') < 0;
}
