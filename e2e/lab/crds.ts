// Installs a CRD in a lab and waits until the API server serves the kind.

import type { KubeClient } from '../../pkg/kube/client.ts';
import { resource } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { until } from './until.ts';

const crds: ResourceType = resource(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);

export async function applyCrd(client: KubeClient, crd: KubeObject): Promise<void> {
  await client.apply(crds, crd, { fieldManager: 'lab' });
  await until(`${crd.metadata.name} is served`, async () =>
    isEstablished(await client.get(crds, { namespace: '', name: crd.metadata.name })),
  );
}

function isEstablished(crd: KubeObject | undefined): boolean {
  const { status } = (crd ?? {}) as {
    readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
  };
  return status?.conditions?.some(({ type, status: state }) => type === 'Established' && state === 'True') ?? false;
}
