// What one node's configuration files are rendered from, and what rendering gives back.
// Plain data only: merging of cluster, group and node overrides, and reading of Secrets, happened before.
// Nothing here may depend on how many nodes the cluster has: what follows the size is appended by start.sh,
// so that scaling never changes a node's revision and never restarts it.

import type { SignIn } from './sign-in.ts';

/** Repositories that may live on a volume of their own; everything else lives on the volume `data`. */
export type Repository = 'flowfile' | 'content' | 'provenance';

/** One mounted volume of the node. The names `flowfile`, `content` and `provenance` imply their repository. */
export interface StorageMount {
  readonly name: string;
  readonly repository?: Repository;
}

export type ClusterManager =
  | { readonly kind: 'Kubernetes' }
  | { readonly kind: 'ZooKeeper'; readonly connectString: string; readonly rootNode: string };

/** TCP ports NiFi listens on inside its Pod. */
export interface NodePorts {
  /** HTTPS, or HTTP when transport is InsecureHTTP. */
  readonly web: number;
  readonly clusterProtocol: number;
  readonly loadBalance: number;
  /** Health of the process, on the loopback only. */
  readonly management: number;
}

/** Settings that win over the defaults. What `overrideProblems` names is refused. */
export interface ConfigOverrides {
  readonly nifiProperties: Readonly<Record<string, string>>;
  readonly bootstrapConf: Readonly<Record<string, string>>;
  /** Whole files by name; only names in `replaceableFiles`. */
  readonly files: Readonly<Record<string, string>>;
}

export interface NodeConfigInput {
  readonly cluster: string;
  readonly namespace: string;
  readonly nodeId: number;
  /** NiFi's version, `major.minor.patch`; versions newer than the newest known one get its keys. */
  readonly version: string;
  /** The node's DNS name: its address in the cluster, its certificate's DNS SAN. */
  readonly host: string;
  readonly ports: NodePorts;
  readonly clusterManager: ClusterManager;
  readonly transport: 'TLS' | 'InsecureHTTP';
  readonly storage: readonly StorageMount[];
  readonly jvm: { readonly heap: string; readonly args: readonly string[] };
  /** Seconds between SIGTERM and the kubelet's SIGKILL; NiFi is told to stop sooner. */
  readonly terminationGracePeriodSeconds: number;
  /** Names the cluster's Services answer to, without ports: allowed Host headers beside the node's own. */
  readonly serviceNames: readonly string[];
  /** Port of the cluster's UI Service; a Host header may carry it. */
  readonly servicePort: number;
  /** Further allowed Host headers, `host` or `host:port`, as the user gave them. */
  readonly proxyHosts: readonly string[];
  /** Names of the sources of NARs and Python extensions, each mounted at `extensionDirectory(name)`. */
  readonly extensions: readonly string[];
  /** How people log in; only client certificates count when absent. */
  readonly signIn?: SignIn;
  readonly overrides: ConfigOverrides;
  /** Overrides whose values came from Secrets; they win over `overrides` and go into `secretFiles` only. */
  readonly secretOverrides: ConfigOverrides;
}

export interface NodeConfig {
  /** The public part, for the node's immutable ConfigMap: file name → text. */
  readonly files: Readonly<Record<string, string>>;
  /** The Secret part, empty when nothing comes from a Secret. Properties files hold only the keys that `files` leaves out. */
  readonly secretFiles: Readonly<Record<string, string>>;
}
