// The programs of a node that are built from Go modules: scheduler, kubelet and kube-proxy as one, and CoreDNS. Kept in the same cache as the
// control plane; most packages of the first were compiled with that one already.

import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce, cacheFolder, isExecutable } from '../controlplane/buildcache.ts';
import { type GoModule, goBuild } from '../controlplane/gobuild.ts';

export interface NodePrograms {
  readonly kubelet: string;
  readonly kubeProxy: string;
  readonly scheduler: string;
  readonly coredns: string;
  /** The static program that holds a Pod's namespaces. */
  readonly pause: string;
}

const VERSION = 'v1.34.4';
const mend = 'Install Go 1.24 or newer (https://go.dev/dl/)';
const versionPackage = 'k8s.io/component-base/version';

const kubernetes: GoModule = {
  dir: join(import.meta.dirname, 'kubernetes'),
  variables: [
    `${versionPackage}.gitVersion=${VERSION}`,
    `${versionPackage}.gitMajor=1`,
    `${versionPackage}.gitMinor=34`,
    `${versionPackage}.gitTreeState=clean`,
  ],
  mend,
};
const dns: GoModule = { dir: join(import.meta.dirname, 'dns'), variables: [], mend };
const roles = ['kubelet', 'kube-proxy', 'kube-scheduler'] as const;

/** Builds what is missing. Throws BuildError. */
export async function ensureNodePrograms(onProgress: (line: string) => void): Promise<NodePrograms> {
  const { env } = process;
  const folder = await cacheFolder('node', kubernetes, env);
  const names = await cacheFolder('node-dns', dns, env);
  const isDone = async (): Promise<boolean> =>
    (await Promise.all(['pause', ...roles].map((name) => isExecutable(join(folder, name))))).every(Boolean);
  await buildOnce({ folder, what: 'the node', isDone, onProgress }, async () => {
    onProgress('building kube-scheduler, kubelet and kube-proxy from Go modules: some minutes, once');
    await goBuild({ module: kubernetes, pkg: '.', target: join(folder, 'kubernetes'), env, onProgress });
    for (const role of roles) {
      await rm(join(folder, role), { force: true });
      await symlink('kubernetes', join(folder, role));
    }
    // Static: the image that it goes into holds nothing else.
    const bare = { ...env, CGO_ENABLED: '0' };
    await goBuild({ module: kubernetes, pkg: './pause', target: join(folder, 'pause'), env: bare, onProgress });
  });
  const coredns = join(names, 'coredns');
  const hasDns = (): Promise<boolean> => isExecutable(coredns);
  await buildOnce({ folder: names, what: 'CoreDNS', isDone: hasDns, onProgress }, async () => {
    onProgress('building CoreDNS from Go modules, once');
    await goBuild({ module: dns, pkg: '.', target: coredns, env, onProgress });
  });
  const [kubelet = '', kubeProxy = '', scheduler = ''] = roles.map((role) => join(folder, role));
  return { kubelet, kubeProxy, scheduler, coredns, pause: join(folder, 'pause') };
}
