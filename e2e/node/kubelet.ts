// The programs that make a node of a control plane: scheduler, kubelet, kube-proxy. Each has a user of its own, with the rights that
// Kubernetes itself gives it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ControlPlane } from '../controlplane/controlplane.ts';
import { type Program, startProgram } from '../controlplane/processes.ts';
import { BRIDGE, CONTAINERD_SOCKET, DNS_SERVICE, NODE_NAME, type Places } from './places.ts';
import type { NodePrograms } from './programs.ts';

interface Parts {
  readonly places: Places;
  readonly programs: NodePrograms;
  readonly controlPlane: ControlPlane;
}

export async function startScheduler({ places, programs, controlPlane }: Parts): Promise<Program> {
  const kubeconfig = await controlPlane.userKubeconfig({ name: 'system:kube-scheduler' });
  return start('kube-scheduler', programs.scheduler, places, [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ]);
}

export async function startKubelet({ places, programs, controlPlane }: Parts): Promise<Program> {
  const kubeconfig = await controlPlane.userKubeconfig({ name: `system:node:${NODE_NAME}`, groups: ['system:nodes'] });
  const resolvConf = join(places.dir, 'resolv.conf');
  await writeFile(resolvConf, '');
  const config = join(places.dir, 'kubelet.yaml');
  await writeFile(config, stringify(kubeletConfiguration(places, controlPlane.caFile, resolvConf)));
  return start('kubelet', programs.kubelet, places, [
    `--config=${config}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${BRIDGE.address}`,
    '--root-dir=/var/lib/kubelet',
    '--cert-dir=/var/lib/kubelet/pki',
  ]);
}

export async function startKubeProxy({ places, programs, controlPlane }: Parts): Promise<Program> {
  const kubeconfig = await controlPlane.userKubeconfig({ name: 'system:kube-proxy' });
  // The conntrack switches are the machine's, not the namespace's: they stay as they are.
  return start('kube-proxy', programs.kubeProxy, places, [
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    '--proxy-mode=nftables',
    `--cluster-cidr=${BRIDGE.subnet}`,
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    '--metrics-bind-address=127.0.0.1:10249',
    '--healthz-bind-address=127.0.0.1:10256',
  ]);
}

function start(name: string, path: string, places: Places, args: readonly string[]): Program {
  return startProgram(name, { path, args: [] }, args, places.dir);
}

function kubeletConfiguration({ id }: Places, clientCAFile: string, resolvConf: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: BRIDGE.address,
    healthzBindAddress: '127.0.0.1',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${id}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    clusterDNS: [DNS_SERVICE],
    clusterDomain: 'cluster.local',
    resolvConf,
    // How full the machine's disk is, is not what a test is about.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    // A changed Secret reaches its files with the next look at the Pod.
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
    maxPods: 100,
    // Below the run's own folder, and never the machine's.
    podLogsDir: '/var/log/pods',
    imageGCHighThresholdPercent: 100,
    volumePluginDir: '/var/lib/kubelet/plugins-volume',
  };
}
