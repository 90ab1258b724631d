// What a Pod's containers share on this machine: address, volumes, token, roots; and how a container gets what it needs
// to start. The address lasts as long as the Pod, as a sandbox's does.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { KubeApiError } from '../../pkg/kube/errors.ts';
import { objectPath } from '../../pkg/kube/paths.ts';
import { type Pod, serviceAccounts } from '../../pkg/kube/resources.ts';
import type { ContainerPod } from './container.ts';
import { resolveEnv } from './env.ts';
import type { PodPlace } from './fields.ts';
import type { Host } from './host.ts';
import type { PayloadContext } from './payload.ts';
import { buildRoot, imageEnv, nifiHome } from './root.ts';
import type { ContainerStart } from './types.ts';
import { MountError, PodVolumes } from './volumes.ts';

/** The Pod as its sandbox sees it. */
interface SandboxPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly object: Pod;
  changed(): void;
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

export class PodSandbox implements ContainerPod {
  readonly dir: string;
  private readonly host: Host;
  private readonly pod: SandboxPod;
  private readonly volumes: PodVolumes;
  private closed = false;
  private references = new AbortController();
  private refreshing: (() => void) | undefined;
  private token: string | undefined;
  private address: string | undefined;

  constructor(host: Host, pod: SandboxPod) {
    this.host = host;
    this.pod = pod;
    this.dir = join(host.dir, 'pods', pod.uid);
    this.volumes = new PodVolumes(host, join(this.dir, 'volumes'));
  }

  get namespace(): string {
    return this.pod.namespace;
  }

  get name(): string {
    return this.pod.name;
  }

  get node(): string {
    return this.pod.node;
  }

  get ip(): string | undefined {
    return this.address;
  }

  get referencesChanged(): AbortSignal {
    return this.references.signal;
  }

  rootOf(container: string): string {
    return join(this.dir, 'containers', container);
  }

  changed(): void {
    this.pod.changed();
  }

  warn(reason: string, note: string): void {
    this.host.warn(this.pod.object, reason, note);
  }

  async untilNodeIsThere(signal: AbortSignal): Promise<void> {
    await this.host.faults.untilNodeIsThere(this.pod.node, signal);
  }

  /** Mounts all volumes, waiting for what is missing, and takes an address. Returns early when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    for (let tries = 0; !signal.aborted; tries += 1) {
      const wake = AbortSignal.any([signal, this.references.signal]);
      try {
        if (this.host.serviceAccountTokens) this.token ??= await this.requestToken();
        this.volumes.mount(this.payloadContext());
        this.address = this.host.ips.take();
        return;
      } catch (error) {
        if (!(error instanceof MountError || error instanceof KubeApiError)) throw error;
        // The cache of what is mounted may be a moment behind the Pod: that alone is no event.
        if (tries > 0) this.warn('FailedMount', error.message);
        await this.host.wheel.sleep(tries === 0 ? 200 : this.host.seconds(Math.min(2 ** tries, 120)), wake);
      }
    }
  }

  prepare(container: V1Container): Omit<ContainerStart, 'containerId'> {
    const { host, pod, volumes } = this;
    const resolved = resolveEnv(pod.object, container, this.place(), host.sources(pod.namespace));
    const root = this.rootOf(container.name);
    buildRoot(root, host.image, volumes.mountsOf(container));
    const mountsToken = container.volumeMounts?.some(({ mountPath }) => mountPath === tokenPath) === true;
    const hostname = pod.object.spec?.hostname ?? pod.name;
    const env: Readonly<Record<string, string>> = {
      HOSTNAME: hostname,
      ...imageEnv,
      ...this.apiServerEnv(),
      ...resolved,
    };
    return {
      namespace: pod.namespace,
      pod: pod.name,
      podUid: pod.uid,
      ip: this.address ?? '',
      ...(container.image === undefined ? {} : { image: container.image }),
      env,
      root,
      home: env['NIFI_HOME'] ?? nifiHome,
      volumes: volumes.disksOf(container),
      ...(this.token === undefined || !mountsToken ? {} : { serviceAccountToken: this.token }),
      apiServer: host.apiServer,
    };
  }

  referenceChanged(): void {
    const over = this.references;
    this.references = new AbortController();
    over.abort();
    if (this.address === undefined || this.refreshing !== undefined) return;
    const refresh = (): void => {
      this.refreshing = undefined;
      if (!this.closed) this.volumes.refresh(this.payloadContext());
    };
    if (this.host.refreshDelayMs === 0) refresh();
    else this.refreshing = this.host.wheel.after(this.host.refreshDelayMs, refresh);
  }

  /** Gives address and files back; for when nothing of the Pod runs any more. */
  close(): void {
    this.closed = true;
    this.refreshing?.();
    if (this.address !== undefined) this.host.ips.release(this.address);
    this.address = undefined;
    rmSync(this.dir, { recursive: true, force: true });
  }

  private place(): PodPlace {
    const { ip, allocatable } = this.host.node(this.pod.node);
    return { node: this.pod.node, hostIp: ip, podIp: this.address ?? '', allocatable };
  }

  private payloadContext(): PayloadContext {
    const { host, pod, token } = this;
    const sources = host.sources(pod.namespace);
    return { pod: pod.object, place: this.place(), sources, token, clusterCa: host.clusterCa };
  }

  private apiServerEnv(): Readonly<Record<string, string>> {
    const { hostname, port } = new URL(this.host.apiServer.url);
    return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  }

  private async requestToken(): Promise<string> {
    const { namespace, name, uid, object } = this.pod;
    const account = { namespace, name: object.spec?.serviceAccountName ?? 'default' };
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
    };
    const path = objectPath(serviceAccounts, account, 'token');
    const answer = (await this.host.writes(() => this.host.api.raw('POST', path, { body }))) as {
      readonly status: { readonly token: string };
    };
    return answer.status.token;
  }
}
