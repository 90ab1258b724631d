// A laboratory: a real control plane, the played kubelet and the played NiFi in one process, with the CRDs applied.
// Tests, the demo and the benchmark stand on it. The operator is not part of it: it is started against it, in this
// process or as one of its own, as the lab's user wants.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { resource } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  DEFAULT_CONTROLLERS,
  startControlPlane,
} from '../controlplane/controlplane.ts';
import { createIpAllocator } from '../kubelet/ips.ts';
import { startKubelet } from '../kubelet/kubelet.ts';
import type { KubeletOptions, PlayedKubelet } from '../kubelet/types.ts';
import type { Timing } from '../nifi/timing.ts';
import { NiFiWorld, type WorldOptions } from '../nifi/world.ts';
import { applyCrd } from './crds.ts';
import { PATIENCE_MS } from './until.ts';

export interface Lab {
  readonly controlPlane: ControlPlane;
  readonly kubelet: PlayedKubelet;
  readonly nifi: NiFiWorld;
  /** An administrator's client; its requests are told apart in the audit log by their user agent, `lab`. */
  readonly client: KubeClient;
  namespace(name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface LabOptions {
  readonly onProgress?: (line: string) => void;
  readonly auditLevel?: ControlPlaneOptions['auditLevel'];
  readonly apiServerFlags?: ControlPlaneOptions['apiServerFlags'];
  readonly timing?: Partial<Timing>;
  readonly nifi?: Pick<WorldOptions, 'beforeAnswer' | 'checkLogin' | 'onError'>;
  readonly kubelet?: Partial<Omit<KubeletOptions, 'kubeconfig' | 'runtime' | 'dir' | 'ips'>>;
}

const repository = new URL('../../', import.meta.url);
/** Without the controller of EndpointSlices: it would complain of every Pod, because loopback addresses may not be in one. */
const controllers = DEFAULT_CONTROLLERS.filter((name) => name !== 'endpointslice-controller');
const namespaces = resource('v1', 'Namespace', 'namespaces', false);

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { onProgress = () => undefined, auditLevel = 'Metadata', apiServerFlags = [] } = options;
  const controlPlane = await startControlPlane({ onProgress, auditLevel, apiServerFlags, controllers });
  onProgress('The control plane answers');
  const access = await kubeconfigAccess(controlPlane.kubeconfig);
  const client = new KubeClient({ access, userAgent: 'lab', deadlineMs: PATIENCE_MS });
  await applyCrds(client);
  onProgress('The CRDs are applied');
  const nifi = new NiFiWorld({ ...options.nifi, ...(options.timing === undefined ? {} : { timing: options.timing }) });
  const kubelet = await startKubelet({
    kubeconfig: controlPlane.kubeconfig,
    runtime: nifi,
    // Below the control plane's, with which it goes also where this process is killed.
    dir: join(controlPlane.dir, 'kubelet'),
    ips: createIpAllocator(),
    speed: 20,
    ...options.kubelet,
  });
  onProgress('The played kubelet is up');
  return {
    controlPlane,
    kubelet,
    nifi,
    client,
    async namespace(name) {
      await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    async stop() {
      await kubelet.stop();
      await nifi.stop();
      await client.close();
      await controlPlane.stop();
    },
  };
}

async function applyCrds(client: KubeClient): Promise<void> {
  const folder = new URL('config/crd/', repository);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  for (const file of files) await applyCrd(client, parse(await readFile(new URL(file, folder), 'utf8')) as KubeObject);
}
