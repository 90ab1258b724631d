// The rules of the `restricted` Pod Security Standard, as the API server's admission checks them (pod-security-admission
// policy, v1.31), for the tests of the Pod builder. Not for production code: the API server has the last word.

interface Security {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type?: string };
}

interface Container {
  readonly name: string;
  readonly securityContext?: Security;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

export interface CheckedPodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: Security & { readonly sysctls?: readonly { readonly name: string }[] };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** What the `restricted` profile refuses of a Pod, one line each; empty when it is admitted. */
export function restrictedViolations(spec: CheckedPodSpec): readonly string[] {
  const hosts = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  const volumes = (spec.volumes ?? []).flatMap((volume) =>
    Object.keys(volume)
      .filter((field) => field !== 'name' && !allowedVolumes.has(field))
      .map((type) => `volume ${volume.name} is a ${type}`),
  );
  const sysctls = (spec.securityContext?.sysctls ?? []).map(({ name }) => `sysctl ${name}`);
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [...hosts, ...volumes, ...sysctls, ...containers.flatMap((container) => ofContainer(container, spec))];
}

function ofContainer({ name, ports, securityContext: own = {} }: Container, spec: CheckedPodSpec): readonly string[] {
  const pod = spec.securityContext ?? {};
  const profile = (own.seccompProfile ?? pod.seccompProfile)?.type;
  const refused: Readonly<Record<string, boolean>> = {
    'is privileged': own.privileged === true,
    'may escalate privileges': own.allowPrivilegeEscalation !== false,
    'does not drop all capabilities': own.capabilities?.drop?.includes('ALL') !== true,
    'adds a capability': (own.capabilities?.add ?? []).some((capability) => capability !== 'NET_BIND_SERVICE'),
    'may run as root': (own.runAsNonRoot ?? pod.runAsNonRoot) !== true,
    'runs as root': (own.runAsUser ?? pod.runAsUser) === 0,
    'has no seccomp profile': profile !== 'RuntimeDefault' && profile !== 'Localhost',
    'unmasks /proc': (own.procMount ?? 'Default') !== 'Default',
    'takes a port of its host': (ports ?? []).some(({ hostPort = 0 }) => hostPort !== 0),
  };
  return Object.entries(refused).flatMap(([what, is]) => (is ? [`container ${name} ${what}`] : []));
}
