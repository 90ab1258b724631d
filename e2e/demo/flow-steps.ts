// What a person can try with the flows of a running demo. Which objects it is about comes from the samples: a dataflow of a registry
// for another version, one out of a definition for another value of a parameter, and FlowKube for what NiFi may do in Kubernetes.

import { serviceAccountName } from '../../api/v1/labels.ts';
import type { NiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { flowKinds } from './flows.ts';
import { isDataflow } from './registry.ts';
import { demoNamespace, type Sample } from './samples.ts';

export type Step = readonly [command: string, comment: string];

/** `addressOf` tells the address of the first node of a cluster that anybody may ask without TLS. */
export function flowSteps(
  samples: readonly Sample[],
  addressOf: (cluster: string) => string | undefined,
): readonly Step[] {
  const objects = samples.flatMap(({ objects }) => objects);
  const own = objects.filter(({ metadata }) => (metadata.namespace ?? demoNamespace) === demoNamespace);
  if (!own.some(({ kind }) => flowKinds.includes(kind))) return [];
  return [
    ['kubectl get nifi-all -A', 'clusters and what lives in them; -o wide says why, and what it is called in NiFi'],
    ...versionSteps(own),
    ...parameterSteps(own),
    ...rightsSteps(objects),
    ...endSteps(own, addressOf),
  ];
}

function versionSteps(objects: readonly KubeObject[]): readonly Step[] {
  const dataflow = objects.filter(isDataflow).find(({ spec }) => spec.source.registry?.version !== undefined);
  if (dataflow === undefined) return [];
  const name = `nifidf/${dataflow.metadata.name}`;
  const version = String(1 + Number(dataflow.spec.source.registry?.version));
  const spec = { updateStrategy: 'InPlace', source: { registry: { version } } };
  return [
    [
      `kubectl patch ${name} --type merge -p '${JSON.stringify({ spec })}'`,
      `version ${version} of the flow, in place: what is queued stays`,
    ],
    [`kubectl wait --for=jsonpath='{.status.observedVersion}'=${version} ${name} --timeout=1m`, ''],
    [`kubectl get ${name}`, ''],
  ];
}

function parameterSteps(objects: readonly KubeObject[]): readonly Step[] {
  const used = objects.filter(isDataflow).map(({ spec }) => spec.parameterContextRef?.name);
  const context = objects.filter(isContext).find(({ metadata }) => used.includes(metadata.name));
  const [name, parameter] = Object.entries(context?.spec.parameters ?? {})[0] ?? [];
  if (context === undefined || name === undefined) return [];
  const spec = { parameters: { [name]: { value: `${parameter?.value ?? ''}/next` } } };
  return [
    [
      `kubectl patch nifipc/${context.metadata.name} --type merge -p '${JSON.stringify({ spec })}'`,
      `another value for ${name}: only the processors that use it restart`,
    ],
  ];
}

function rightsSteps(objects: readonly KubeObject[]): readonly Step[] {
  const role = objects.find(({ kind }) => kind === 'Role');
  const flow = objects.filter(isDataflow).find(({ metadata }) => metadata.namespace !== undefined);
  if (role === undefined || flow === undefined) return [];
  const account = `${flow.metadata.namespace}:${serviceAccountName(flow.spec.clusterRef.name)}`;
  const asked = (namespace: string): string =>
    `kubectl auth can-i create pods -n ${namespace} --as system:serviceaccount:${account}`;
  return [
    [asked(role.metadata.namespace ?? demoNamespace), 'what the flow of FlowKube needs, in the namespace for its Pods'],
    [asked(demoNamespace), 'and in any other: no'],
  ];
}

function endSteps(objects: readonly KubeObject[], addressOf: (cluster: string) => string | undefined): readonly Step[] {
  const cluster = objects.find(isDataflow)?.spec.clusterRef.name;
  const address = cluster === undefined ? undefined : addressOf(cluster);
  const url = `http://${address}/nifi-api/process-groups/root/process-groups`;
  return [
    [
      'kubectl delete nifireg,nifipc,nifidf --all',
      'in whatever order: a flow works off what is queued and goes, then what it used',
    ],
    ...(address === undefined ? [] : ([[`curl -s ${url}`, 'and nothing of them is left in NiFi']] as const)),
  ];
}

function isContext(object: KubeObject): object is NiFiParameterContext {
  return object.kind === 'NiFiParameterContext';
}
