// The kinds the operator works with: how their paths are built, and the fields of theirs that it uses.
//
// Only the types of client-node's generated models that fit raw JSON are taken, and only as types: the package is not loaded.
// Models with timestamps or renamed fields (NetworkPolicy's `from`) do not fit and are written out.

import type {
  V1PersistentVolumeClaimSpec,
  V1PodDisruptionBudgetSpec,
  V1PodSpec,
  V1PolicyRule,
  V1ServiceSpec,
} from '@kubernetes/client-node';
import type { KubeObject, ResourceType } from './types.ts';

/** A condition as Pods and PVCs have it. */
export interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string };
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** `data` is base64; `stringData` is write-only. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Service extends KubeObject {
  readonly spec?: V1ServiceSpec;
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

export interface ServiceAccount extends KubeObject {
  readonly automountServiceAccountToken?: boolean;
}

export interface Role extends KubeObject {
  readonly rules: readonly V1PolicyRule[];
}

export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly apiGroup?: string;
  }[];
}

export interface PodDisruptionBudget extends KubeObject {
  readonly spec?: V1PodDisruptionBudgetSpec;
}

export interface NetworkPolicyPeer {
  readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface NetworkPolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface NetworkPolicy extends KubeObject {
  readonly spec?: {
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeer[];
      readonly ports?: readonly NetworkPolicyPort[];
    }[];
    readonly egress?: readonly {
      readonly to?: readonly NetworkPolicyPeer[];
      readonly ports?: readonly NetworkPolicyPort[];
    }[];
  };
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec?: V1PersistentVolumeClaimSpec;
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly ObjectCondition[];
  };
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image?: string;
  readonly imageID?: string;
  readonly containerID?: string;
  readonly started?: boolean;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly hostIP?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: string;
  readonly conditions?: readonly ObjectCondition[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

export interface Pod extends KubeObject {
  readonly spec?: V1PodSpec;
  readonly status?: PodStatus;
}

/** Times are MicroTime: exactly six fractional digits. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** events.k8s.io/v1; times are MicroTime. */
export interface Event extends KubeObject {
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly type: 'Normal' | 'Warning';
  readonly regarding: ObjectReference;
  readonly note: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly allowVolumeExpansion?: boolean;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
}

/** Core and policy kinds by the name of their kind. */
export const namespaces: ResourceType<Namespace> = core('Namespace', 'namespaces', false);
export const configMaps: ResourceType<ConfigMap> = core('ConfigMap', 'configmaps');
export const secrets: ResourceType<Secret> = core('Secret', 'secrets');
export const services: ResourceType<Service> = core('Service', 'services');
export const serviceAccounts: ResourceType<ServiceAccount> = core('ServiceAccount', 'serviceaccounts');
export const pods: ResourceType<Pod> = core('Pod', 'pods');
export const persistentVolumeClaims: ResourceType<PersistentVolumeClaim> = core(
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const roles: ResourceType<Role> = resource('rbac.authorization.k8s.io/v1', 'Role', 'roles');
export const roleBindings: ResourceType<RoleBinding> = resource(
  'rbac.authorization.k8s.io/v1',
  'RoleBinding',
  'rolebindings',
);
export const podDisruptionBudgets: ResourceType<PodDisruptionBudget> = resource(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);
export const networkPolicies: ResourceType<NetworkPolicy> = resource(
  'networking.k8s.io/v1',
  'NetworkPolicy',
  'networkpolicies',
);
/** Prometheus' operator's; it may not be installed. */
export const podMonitors: ResourceType = resource('monitoring.coreos.com/v1', 'PodMonitor', 'podmonitors');
export const leases: ResourceType<Lease> = resource('coordination.k8s.io/v1', 'Lease', 'leases');
export const events: ResourceType<Event> = resource('events.k8s.io/v1', 'Event', 'events');
export const storageClasses: ResourceType<StorageClass> = resource(
  'storage.k8s.io/v1',
  'StorageClass',
  'storageclasses',
  false,
);

/** A ResourceType; T is what the caller says it is. */
export function resource<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced = true,
): ResourceType<T> {
  return { apiVersion, kind, plural, namespaced };
}

function core<T extends KubeObject>(kind: string, plural: string, namespaced = true): ResourceType<T> {
  return resource('v1', kind, plural, namespaced);
}
