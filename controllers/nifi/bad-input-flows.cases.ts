// Bad input for dataflows: references that are missing or not ready, flows that the registry does not have, definitions that are none,
// and registries that are down, answer a page for people, or send NiFi elsewhere.

import { setTimeout as sleep } from 'node:timers/promises';
import type { PlayedRegistry } from '../../e2e/registry/server.ts';
import type { BadInput, Hands } from './bad-input.cases.ts';

const clusterRef = { name: 'prod' };

/** One processor, which refers to a parameter where one is named. */
export function aFlow(parameter?: string): { readonly flowContents: object } {
  const properties = { 'File Size': parameter === undefined ? '1B' : `#{${parameter}}` };
  const make = {
    identifier: 'f3a1c1a4-1111-3222-8333-444455556666',
    name: 'make',
    type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
    properties,
    autoTerminatedRelationships: ['success'],
  };
  const identifier = 'f3a1c1a4-0000-3222-8333-444455556666';
  return { flowContents: { identifier, name: 'made', processors: [make], connections: [] } };
}

const inline = (text = JSON.stringify(aFlow())) => ({ source: { definition: { inline: text } } });
const inConfigMap = (name: string) => ({ source: { definition: { configMapKeyRef: { name, key: 'flow.json' } } } });
const named = { bucket: 'team', flow: 'orders', version: '1' };
const fromRegistry = (client: string, more: object = {}) => ({
  source: { registry: { clientRef: { name: client }, ...named, ...more } },
});
const clientOf = (url: string) => ({ clusterRef, type: 'NiFiRegistry', properties: { url } });

/** A registry client of that name for a registry of its own. */
async function aRegistry({ registry, create }: Hands, name: string): Promise<void> {
  await create('NiFiRegistryClient', name, clientOf((await registry(name)).url));
}

function commit({ store }: PlayedRegistry, contents: object): void {
  const [flow] = [...store.flows.values()];
  const { bucketIdentifier = '', identifier = '' } = flow ?? {};
  store.createVersion(bucketIdentifier, identifier, { flowContents: {}, parameterContexts: {}, ...contents });
}

const references: readonly BadInput[] = [
  {
    what: 'a dataflow of a cluster that does not exist',
    kind: 'NiFiDataflow',
    spec: { clusterRef: { name: 'latest' }, ...inline() },
    reason: 'ClusterMissing',
    says: /spec\.clusterRef names the NiFiCluster latest, which does not exist: create it or correct the name/u,
    mend: ({ cluster }) => cluster('latest', 1),
  },
  {
    what: 'a dataflow with a registry client that does not exist',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...fromRegistry('client-1') },
    reason: 'ReferenceMissing',
    says: /spec\.source\.registry\.clientRef names the NiFiRegistryClient client-1, .*create it or correct the name/u,
    mend: (hands) => aRegistry(hands, 'client-1'),
  },
  {
    what: 'a dataflow with a registry client that is not in NiFi yet',
    kind: 'NiFiDataflow',
    before: ({ create }) => create('NiFiRegistryClient', 'client-2', clientOf('http://169.254.169.254')),
    spec: { clusterRef, ...fromRegistry('client-2') },
    reason: 'ReferenceNotReady',
    says: /spec\.source\.registry\.clientRef names the NiFiRegistryClient client-2, which is not in NiFi yet/u,
    mend: async ({ change, registry }) =>
      change('NiFiRegistryClient', 'client-2', { properties: { url: (await registry('client-2')).url } }),
  },
  {
    what: 'a dataflow with a parameter context that does not exist',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...inline(), parameterContextRef: { name: 'context-1' } },
    reason: 'ReferenceMissing',
    says: /spec\.parameterContextRef names the NiFiParameterContext context-1, .*create it or correct the name/u,
    mend: ({ create }) => create('NiFiParameterContext', 'context-1', { clusterRef }),
  },
  {
    what: 'a dataflow with a parameter context that is not in NiFi yet',
    kind: 'NiFiDataflow',
    before: ({ create }) =>
      create('NiFiParameterContext', 'context-2', { clusterRef, secretRefs: [{ name: 'of-context-2' }] }),
    spec: { clusterRef, ...inline(), parameterContextRef: { name: 'context-2' } },
    reason: 'ReferenceNotReady',
    says: /spec\.parameterContextRef names the NiFiParameterContext context-2, which is not in NiFi yet/u,
    mend: ({ secret }) => secret('of-context-2', { a: 'b' }),
  },
  {
    what: 'a dataflow with a parameter context of another cluster',
    kind: 'NiFiDataflow',
    before: ({ create }) => create('NiFiParameterContext', 'context-3', { clusterRef: { name: 'nowhere' } }),
    spec: { clusterRef, ...inline(), parameterContextRef: { name: 'context-3' } },
    reason: 'ReferenceInvalid',
    says: /spec\.parameterContextRef .* belongs to the NiFiCluster nowhere and not to prod: name one of prod/u,
    mend: ({ patch }) => patch({ parameterContextRef: null }),
  },
  {
    what: 'a dataflow in a parent group that does not exist',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...inline(), parentProcessGroup: { name: 'nobody' } },
    reason: 'ReferenceMissing',
    says: /spec\.parentProcessGroup\.name names the process group nobody, .*create it or correct the name/u,
    mend: ({ patch }) => patch({ parentProcessGroup: null }),
  },
  {
    what: 'a dataflow that asks for the group of an older one',
    kind: 'NiFiDataflow',
    before: async ({ create }) => {
      await create('NiFiDataflow', 'older', { clusterRef, ...inline(), displayName: 'shared' });
      // Of two of one second the UIDs decide.
      await sleep(1_100);
    },
    spec: { clusterRef, ...inline(), displayName: 'shared' },
    reason: 'TargetTaken',
    says: /the NiFiDataflow older is older .*delete one of them, or give spec\.displayName/u,
    mend: ({ remove }) => remove('NiFiDataflow', 'older'),
  },
];

const definitions: readonly BadInput[] = [
  {
    what: 'a definition in a ConfigMap that does not exist',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...inConfigMap('flow-1') },
    reason: 'ReferenceMissing',
    says: /spec\.source\.definition\.configMapKeyRef names the ConfigMap flow-1, .*create it or correct the name/u,
    mend: ({ configMap }) => configMap('flow-1', { 'flow.json': JSON.stringify(aFlow()) }),
  },
  {
    what: 'a definition in a ConfigMap that lacks the key',
    kind: 'NiFiDataflow',
    before: ({ configMap }) => configMap('flow-2', { other: '{}' }),
    spec: { clusterRef, ...inConfigMap('flow-2') },
    reason: 'ReferenceKeyMissing',
    says: /configMapKeyRef names the key flow\.json, .*add it or correct the name/u,
    mend: ({ configMap }) => configMap('flow-2', { 'flow.json': JSON.stringify(aFlow()) }),
  },
  {
    what: 'a definition in a ConfigMap that is no JSON',
    kind: 'NiFiDataflow',
    before: ({ configMap }) => configMap('flow-3', { 'flow.json': '{"flowContents": canary' }),
    spec: { clusterRef, ...inConfigMap('flow-3') },
    reason: 'ReferenceInvalid',
    says: /^(?!.*canary)spec\.source\.definition\.configMapKeyRef: .*not JSON.*Download it from NiFi again/u,
    mend: ({ configMap }) => configMap('flow-3', { 'flow.json': JSON.stringify(aFlow()) }),
  },
  {
    what: 'a definition that is no JSON',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...inline('flowContents: {}') },
    reason: 'InvalidSpec',
    says: /spec\.source\.definition\.inline: .*not JSON.*Download it from NiFi again/u,
    mend: ({ patch }) => patch(inline()),
  },
  {
    what: 'a definition that is no flow',
    kind: 'NiFiDataflow',
    spec: { clusterRef, ...inline('{"kind": "Deployment"}') },
    reason: 'InvalidSpec',
    says: /spec\.source\.definition\.inline: .*flowContents.*Download it from NiFi again/u,
    mend: ({ patch }) => patch(inline()),
  },
  {
    what: 'a definition with a parameter that nobody gives',
    kind: 'NiFiDataflow',
    before: ({ create }) => create('NiFiParameterContext', 'context-4', { clusterRef }),
    spec: { clusterRef, ...inline(JSON.stringify(aFlow('size'))), parameterContextRef: { name: 'context-4' } },
    reason: 'ParameterMissing',
    says: /needs the parameters size, .*the NiFiParameterContext context-4 .*add them to it/u,
    mend: ({ change }) => change('NiFiParameterContext', 'context-4', { parameters: { size: { value: '1B' } } }),
  },
];

const registries: readonly BadInput[] = [
  {
    what: 'a bucket that the registry does not have',
    kind: 'NiFiDataflow',
    before: (hands) => aRegistry(hands, 'has-no-bucket'),
    spec: { clusterRef, ...fromRegistry('has-no-bucket', { bucket: 'none' }) },
    reason: 'FlowNotFound',
    says: /spec\.source\.registry\.bucket names the bucket none, .*create it or correct the name/u,
    mend: ({ patch }) => patch(fromRegistry('has-no-bucket')),
  },
  {
    what: 'a flow that the registry does not have',
    kind: 'NiFiDataflow',
    before: (hands) => aRegistry(hands, 'has-no-flow'),
    spec: { clusterRef, ...fromRegistry('has-no-flow', { flow: 'none' }) },
    reason: 'FlowNotFound',
    says: /spec\.source\.registry\.flow names the flow none, .*create it or correct the name/u,
    mend: ({ patch }) => patch(fromRegistry('has-no-flow')),
  },
  {
    what: 'a version that nobody has committed yet',
    kind: 'NiFiDataflow',
    before: (hands) => aRegistry(hands, 'has-no-version'),
    spec: { clusterRef, ...fromRegistry('has-no-version', { version: '2' }) },
    reason: 'FlowNotFound',
    says: /spec\.source\.registry\.version names the version 2, .*commit it or correct the version/u,
    mend: async ({ registry }) => commit(await registry('has-no-version'), aFlow()),
  },
  {
    what: 'a version with a parameter that nobody gives',
    kind: 'NiFiDataflow',
    before: async (hands) => {
      await aRegistry(hands, 'needs-size');
      commit(await hands.registry('needs-size'), aFlow('size'));
    },
    spec: { clusterRef, ...fromRegistry('needs-size', { version: '2' }) },
    reason: 'InvalidInNiFi',
    says: /the first is make: .*Parameter Context/u,
    mend: async ({ create, patch }) => {
      await create('NiFiParameterContext', 'gives-size', { clusterRef, parameters: { size: { value: '1B' } } });
      await patch({ parameterContextRef: { name: 'gives-size' } });
    },
  },
  {
    what: 'a branch that the registry does not have',
    kind: 'NiFiDataflow',
    before: (hands) => aRegistry(hands, 'has-no-branch'),
    spec: { clusterRef, ...fromRegistry('has-no-branch', { branch: 'none' }) },
    reason: 'FlowNotFound',
    says: /spec\.source\.registry.*branch/u,
    mend: ({ patch }) => patch(fromRegistry('has-no-branch', { branch: 'main' })),
  },
  {
    what: 'a registry that is down',
    kind: 'NiFiDataflow',
    before: async (hands) => {
      await aRegistry(hands, 'is-down');
      comesBack = await (await hands.registry('is-down')).goDown();
    },
    spec: { clusterRef, ...fromRegistry('is-down') },
    reason: 'RegistryUnavailable',
    says: /the registry of spec\.source\.registry\.clientRef does not answer NiFi: .*Look at it and at the NiFiRegistryClient/u,
    mend: async () => comesBack(),
  },
  {
    what: 'a registry that answers a page for people',
    kind: 'NiFiDataflow',
    before: async (hands) => {
      await aRegistry(hands, 'is-html');
      answersAgain = (await hands.registry('is-html')).answerHtml();
    },
    spec: { clusterRef, ...fromRegistry('is-html') },
    reason: 'RegistryUnavailable',
    says: /the registry of spec\.source\.registry\.clientRef does not answer NiFi/u,
    mend: async () => answersAgain(),
  },
  {
    what: 'a registry that sends NiFi elsewhere',
    kind: 'NiFiDataflow',
    before: async (hands) => {
      await aRegistry(hands, 'is-elsewhere');
      const other = await hands.registry('other');
      other.answerHtml(404);
      staysHere = (await hands.registry('is-elsewhere')).redirectTo(other.url);
    },
    spec: { clusterRef, ...fromRegistry('is-elsewhere') },
    reason: 'RegistryUnavailable',
    says: /the registry of spec\.source\.registry\.clientRef does not answer NiFi/u,
    mend: async () => staysHere(),
  },
];

let comesBack = async (): Promise<void> => undefined;
let answersAgain = (): void => undefined;
let staysHere = (): void => undefined;

export const flowCases: readonly BadInput[] = [...references, ...definitions, ...registries];
