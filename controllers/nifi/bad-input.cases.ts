// Bad input for the dataflow kinds: what is wrong, the reason and the words that tell it, and what a person does about it. Everything is
// in one namespace with a cluster `prod` that is well. Flows have their own cases: bad-input-flows.cases.ts.

import type { PlayedRegistry } from '../../e2e/registry/server.ts';

type Kind = 'NiFiRegistryClient' | 'NiFiParameterContext' | 'NiFiDataflow';

export interface Hands {
  /** Changes the spec of the object, as a JSON merge patch. */
  readonly patch: (spec: object) => Promise<void>;
  /** In the namespace of the object unless told otherwise. */
  readonly secret: (name: string, data: Readonly<Record<string, string>>, space?: string) => Promise<void>;
  readonly configMap: (name: string, data: Readonly<Record<string, string>>) => Promise<void>;
  readonly cluster: (name: string, replicas: number) => Promise<void>;
  /** A registry of this name with the bucket `team`, the flow `orders` and one version of it; the same one each time. */
  readonly registry: (name: string) => Promise<PlayedRegistry>;
  /** Changes the spec of another object. */
  readonly change: (kind: Kind, name: string, spec: object) => Promise<void>;
  readonly create: (kind: Kind, name: string, spec: object) => Promise<void>;
  readonly remove: (kind: Kind, name: string) => Promise<void>;
}

export interface BadInput {
  readonly what: string;
  readonly kind: Kind;
  readonly before?: (hands: Hands) => Promise<void>;
  readonly spec: object;
  readonly reason: string;
  /** Names the field and what mends it. */
  readonly says: RegExp;
  readonly mend: (hands: Hands) => Promise<void>;
}

const clusterRef = { name: 'prod' };
const registry = { clusterRef, type: 'NiFiRegistry', properties: { url: 'http://registry:18080' } };
const gitHub = {
  clusterRef,
  type: 'GitHub',
  properties: {
    'Repository Owner': 'example',
    'Repository Name': 'flows',
    'Authentication Type': 'PERSONAL_ACCESS_TOKEN',
  },
};
const token = (name: string) => ({ secretProperties: { 'Personal Access Token': { name, key: 'token' } } });
const url = (text: string) => ({ properties: { url: text } });

export const clientCases: readonly BadInput[] = [
  {
    what: 'a registry client of a cluster that does not exist',
    kind: 'NiFiRegistryClient',
    spec: { ...registry, clusterRef: { name: 'late' } },
    reason: 'ClusterMissing',
    says: /spec\.clusterRef names the NiFiCluster late, which does not exist: create it or correct the name/u,
    mend: ({ cluster }) => cluster('late', 1),
  },
  {
    what: 'a registry client of a cluster that sleeps',
    kind: 'NiFiRegistryClient',
    before: ({ cluster }) => cluster('asleep', 0),
    spec: { ...registry, clusterRef: { name: 'asleep' } },
    reason: 'ClusterNotReady',
    says: /NiFiCluster asleep sleeps: it has no members/u,
    mend: ({ cluster }) => cluster('asleep', 1),
  },
  {
    what: 'a registry client with a Secret that does not exist',
    kind: 'NiFiRegistryClient',
    spec: { ...gitHub, ...token('git-1') },
    reason: 'ReferenceMissing',
    says: /spec\.secretProperties\[Personal Access Token\] names the Secret git-1, .*create it or correct the name/u,
    mend: ({ secret }) => secret('git-1', { token: 'x' }),
  },
  {
    what: 'a registry client whose Secret is in another namespace alone',
    kind: 'NiFiRegistryClient',
    before: ({ secret }) => secret('git-3', { token: 'x' }, 'elsewhere'),
    spec: { ...gitHub, ...token('git-3') },
    reason: 'ReferenceMissing',
    says: /spec\.secretProperties\[Personal Access Token\] names the Secret git-3, which does not exist/u,
    mend: ({ secret }) => secret('git-3', { token: 'x' }),
  },
  {
    what: 'a registry client with a Secret that lacks the key',
    kind: 'NiFiRegistryClient',
    before: ({ secret }) => secret('git-2', { password: 'x' }),
    spec: { ...gitHub, ...token('git-2') },
    reason: 'ReferenceKeyMissing',
    says: /spec\.secretProperties\[Personal Access Token\] names the key token, .*add it or correct the name/u,
    mend: ({ secret }) => secret('git-2', { token: 'x' }),
  },
  ...['http://169.254.169.254/', 'http://[::1]:18080', 'https://kubernetes.default.svc', 'http://127.2'].map(
    (inside): BadInput => ({
      what: `a registry client that points to ${inside}`,
      kind: 'NiFiRegistryClient',
      spec: { ...registry, ...url(inside) },
      reason: 'HostNotAllowed',
      says: /spec\.properties\[url\] points to the host .*correct it, or have --allowed-registry-hosts/u,
      mend: ({ patch }) => patch(url('http://registry:18080')),
    }),
  ),
  {
    what: 'a registry client that points to a name which leads inside',
    kind: 'NiFiRegistryClient',
    spec: { ...registry, ...url('http://inside.example.com') },
    reason: 'HostNotAllowed',
    says: /spec\.properties\[url\] points to the host inside\.example\.com, which leads to 169\.254\.169\.254/u,
    mend: ({ patch }) => patch(url('http://registry:18080')),
  },
  {
    what: 'a registry client of a class that NiFi does not have',
    kind: 'NiFiRegistryClient',
    spec: { clusterRef, type: 'org.example.Nothing' },
    reason: 'NiFiRefused',
    says: /org\.example\.Nothing is not known/u,
    mend: ({ patch }) => patch(registry),
  },
  {
    what: 'a registry client without a property that NiFi needs',
    kind: 'NiFiRegistryClient',
    spec: { clusterRef, type: 'NiFiRegistry' },
    reason: 'InvalidInNiFi',
    says: /NiFi calls the client invalid/u,
    mend: ({ patch }) => patch(registry),
  },
];

export const contextCases: readonly BadInput[] = [
  {
    what: 'a parameter context of a cluster that does not exist',
    kind: 'NiFiParameterContext',
    spec: { clusterRef: { name: 'later' } },
    reason: 'ClusterMissing',
    says: /spec\.clusterRef names the NiFiCluster later, which does not exist: create it or correct the name/u,
    mend: ({ cluster }) => cluster('later', 1),
  },
  {
    what: 'a parameter context with a Secret that does not exist',
    kind: 'NiFiParameterContext',
    spec: { clusterRef, secretRefs: [{ name: 'api-1' }] },
    reason: 'ReferenceMissing',
    says: /spec\.secretRefs names the Secret api-1, which does not exist: create it or correct the name/u,
    mend: ({ secret }) => secret('api-1', { token: 'x' }),
  },
  {
    what: 'a parameter context with a Secret that lacks the key',
    kind: 'NiFiParameterContext',
    before: ({ secret }) => secret('api-2', { password: 'x' }),
    spec: { clusterRef, sensitiveParameters: { token: { name: 'api-2', key: 'token' } } },
    reason: 'ReferenceKeyMissing',
    says: /spec\.sensitiveParameters\[token\] names the key token, .*add it or correct the name/u,
    mend: ({ secret }) => secret('api-2', { token: 'x' }),
  },
  {
    what: 'a parameter that is plain, and a key of a whole Secret',
    kind: 'NiFiParameterContext',
    before: ({ secret }) => secret('api-3', { token: 'x' }),
    spec: { clusterRef, secretRefs: [{ name: 'api-3' }], parameters: { token: { value: 'y' } } },
    reason: 'InvalidSpec',
    says: /spec\.parameters\[token\] .*take it out of one of them/u,
    mend: ({ patch }) => patch({ parameters: null }),
  },
  {
    what: 'a parameter context that inherits from one that does not exist',
    kind: 'NiFiParameterContext',
    spec: { clusterRef, inheritedParameterContexts: [{ name: 'base-1' }] },
    reason: 'ReferenceMissing',
    says: /spec\.inheritedParameterContexts.*base-1.*create it or correct the name/u,
    mend: ({ create }) => create('NiFiParameterContext', 'base-1', { clusterRef }),
  },
  {
    what: 'a parameter context that inherits from one that is not in NiFi yet',
    kind: 'NiFiParameterContext',
    before: ({ create }) => create('NiFiParameterContext', 'base-2', { clusterRef, secretRefs: [{ name: 'api-4' }] }),
    spec: { clusterRef, inheritedParameterContexts: [{ name: 'base-2' }] },
    reason: 'ReferenceNotReady',
    says: /spec\.inheritedParameterContexts.*base-2/u,
    mend: ({ secret }) => secret('api-4', { token: 'x' }),
  },
  {
    what: 'a parameter context whose name in NiFi another one has',
    kind: 'NiFiParameterContext',
    before: ({ create }) => create('NiFiParameterContext', 'holder', { clusterRef, displayName: 'Shared' }),
    spec: { clusterRef, displayName: 'Shared' },
    reason: 'NameConflict',
    says: /Shared/u,
    mend: ({ remove }) => remove('NiFiParameterContext', 'holder'),
  },
];
