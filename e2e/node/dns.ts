// Names inside the cluster: CoreDNS as a program of the node, on the bridge, behind the Service that Pods are told of.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { resource, services } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import type { ControlPlane } from '../controlplane/controlplane.ts';
import { type Program, startProgram } from '../controlplane/processes.ts';
import { BRIDGE, DNS_SERVICE, type Places } from './places.ts';

const endpointSlices = resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', true);
const ports = [
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53, protocol: 'TCP' },
];

export async function startDns(places: Places, coredns: string, controlPlane: ControlPlane): Promise<Program> {
  const kubeconfig = await controlPlane.userKubeconfig({ name: 'coredns', groups: ['system:masters'] });
  const file = join(places.dir, 'Corefile');
  await writeFile(
    file,
    `.:53 {
  bind ${BRIDGE.address}
  errors
  cache 5
  kubernetes cluster.local {
    kubeconfig ${kubeconfig}
    pods insecure
    ttl 5
  }
}
`,
  );
  return startProgram('coredns', { path: coredns, args: [] }, ['-conf', file], places.dir);
}

/** The Service leads to the bridge: no Pod stands behind it, so its endpoints are written by hand. */
export async function publishDns(client: KubeClient): Promise<void> {
  const metadata = { name: 'kube-dns', namespace: 'kube-system' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: DNS_SERVICE, ports } };
  await client.create(services, service);
  await client.create(endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [BRIDGE.address], conditions: { ready: true } }],
    ports,
  } as KubeObject);
}
