// What a bring-up has left behind, as something two runs can be compared by: every object of the namespace, and what NiFi
// holds, flattened to paths and values. What must differ between two runs is replaced by what it means: a UID by whose it
// is, a certificate by whom it names and who signed it. So a reference to a wrong object is still a difference.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { sensitiveKeySecretName } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { keyCheckOf } from '../../controllers/nificluster/build/key-check.ts';
import {
  configMaps,
  leases,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import type { Lab } from '../lab/lab.ts';
import type { ClusterState } from '../nifi/flow/state.ts';
import { type EndState, flatten } from './flatten.ts';
import { withoutIds } from './writes.ts';

const kinds: readonly ResourceType[] = [
  nifiClusterType,
  pods,
  persistentVolumeClaims,
  configMaps,
  secrets,
  services,
  serviceAccounts,
  roles,
  roleBindings,
  podDisruptionBudgets,
  networkPolicies,
  leases,
] as readonly ResourceType[];

/** Which node NiFi elected is chance: everything below these paths is left out. */
const elected =
  /^(NiFiCluster\/\S+ status\.(coordinator|primary)|Lease\/\S+ spec\.(holderIdentity|leaseTransitions))$/u;

export async function endStateOf(lab: Lab, namespace: string, cluster: string): Promise<EndState> {
  const lists = await Promise.all(kinds.map((type) => lab.client.list(type, { namespace })));
  const objects = lists.flatMap(({ items }, i) => items.map((item) => ({ ...item, kind: kinds[i]?.kind ?? '' })));
  const key = textIn(
    objects.find(({ metadata }) => metadata.name === sensitiveKeySecretName(cluster)),
    'key',
  );
  const comparable = comparing(namespace, objects, new Map([[keyCheckOf(key), '<mark of the sensitive key>']]));
  const authority = textIn(
    objects.find(({ metadata }) => metadata.name === `${cluster}-ca`),
    'tls.crt',
  );
  const state = new Map<string, string>();
  for (const object of objects) {
    const { resourceVersion: _, ...metadata } = object.metadata;
    const plain = comparable({ ...object, metadata, ...meaningOf(object, cluster, authority) }) as KubeObject;
    flatten(`${object.kind}/${plain.metadata.name} `, plain, state);
  }
  const { state: flow } = lab.nifi.cluster(`${namespace}/${cluster}`);
  flatten('NiFi ', comparable(flow === undefined ? {} : accessOf(flow)), state);
  return new Map([...state].filter(([path]) => !elected.test(path)));
}

/** NiFi's users and policies by what they say; one that was made twice is there twice. */
export function accessOf(state: ClusterState): object {
  const identities = (ids: ReadonlySet<string>): readonly string[] =>
    [...ids].map((id) => state.users.get(id)?.identity ?? id).toSorted();
  return {
    users: [...state.users.values()].map(({ identity }) => identity).toSorted(),
    policies: [...state.policies.values()]
      .map(({ action, resource, users }) => `${action} ${withoutIds(resource)}: ${identities(users).join(', ')}`)
      .toSorted(),
    threads: state.controller.maxTimerDrivenThreadCount,
  };
}

/** Makes the name of a revision's objects the same in all runs: its digest covers the namespace. */
export function revisionNaming(cluster: string): (name: string) => string {
  return (name) => name.replace(new RegExp(`^(${cluster}-[0-9]+)-[a-z0-9]{10}$`, 'u'), '$1-<digest>');
}

/** Replaces, anywhere in an object, what differs between runs and has a meaning. */
function comparing(
  namespace: string,
  objects: readonly KubeObject[],
  more: ReadonlyMap<string, string>,
): (object: object) => unknown {
  const meanings = new Map<string, string>([[namespace, '<namespace>'], ...more]);
  for (const { kind, metadata } of objects) {
    const digest = /^(.*-[0-9]+)-([a-z0-9]{10})$/u.exec(metadata.name);
    if (digest?.[2] !== undefined) meanings.set(digest[2], '<digest>');
    if (metadata.uid !== undefined) meanings.set(metadata.uid, `<uid of ${kind} ${metadata.name}>`);
  }
  const known = new RegExp([...meanings.keys()].join('|'), 'gu');
  // Twice: the name in the meaning of a UID may hold a digest.
  const replaced = (text: string): string => text.replace(known, (found) => meanings.get(found) ?? found);
  return (object) => {
    const text = withoutIds(replaced(replaced(JSON.stringify(object))));
    return JSON.parse(
      text
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/gu, '<time>')
        .replace(/\bcontainerd:\/\/[0-9a-f]{64}\b/gu, '<container>')
        .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/gu, '<ip>')
        .replace(/\bkube-api-access-\w{5}\b/gu, 'kube-api-access'),
    ) as unknown;
  };
}

interface WithData extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function textIn(object: WithData | undefined, key: string): string {
  return Buffer.from(object?.data?.[key] ?? '', 'base64').toString();
}

/** What the bytes of a Secret are good for, in their place. */
function meaningOf(object: KubeObject, cluster: string, authority: string): object {
  if (object.kind !== 'Secret') return {};
  if (object.metadata.name === sensitiveKeySecretName(cluster))
    return { data: { length: textIn(object, 'key').length } };
  const certificate = new X509Certificate(textIn(object, 'tls.crt'));
  const signer = new X509Certificate(authority);
  return {
    data: {
      keys: Object.keys((object as WithData).data ?? {}).toSorted(),
      subject: certificate.subject,
      names: certificate.subjectAltName ?? '',
      signedByTheAuthority: certificate.verify(signer.publicKey),
      keyBelongs: certificate.checkPrivateKey(createPrivateKey(textIn(object, 'tls.key'))),
      trustsTheAuthority: textIn(object, 'ca.crt') === authority,
    },
  };
}
