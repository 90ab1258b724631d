// Where things are inside the NiFi container. The Pod builder mounts here, the templates write these paths into
// files, and start.sh gets the directories it reads as environment variables.
// A change of a path below a volume loses data on upgrade: the old directory would silently stay behind.

export const nifiHome = '/opt/nifi/nifi-current';
export const confDirectory = `${nifiHome}/conf`;
/** The node's immutable ConfigMap. */
export const configDirectory = '/etc/nifi/config';
/** The cluster's ConfigMap of what follows its size (key `candidates`). */
export const startDirectory = '/etc/nifi/start';
/** The sensitive properties key, in the file `key`. */
export const keyDirectory = '/etc/nifi/key';
/** The Secret part of the node's configuration, where there is one. */
export const secretDirectory = '/etc/nifi/secret';
/** tls.crt, tls.key, ca.crt. */
export const tlsDirectory = '/etc/nifi/tls';
/** A link to the ca.crt there, which start.sh makes anew when the Secret changed: NiFi's sign to reload all three files. */
export const authorityFile = `${confDirectory}/ca.crt`;
export const volumesDirectory = '/var/lib/nifi';
export const startScript = 'start.sh';

/** Mount path of a storage entry. */
export function volumeDirectory(name: string): string {
  return `${volumesDirectory}/${name}`;
}

/** Mount path of a source of NARs and Python extensions. */
export function extensionDirectory(name: string): string {
  return `/opt/nifi/extensions/${name}`;
}

/** The directories as start.sh wants them: the container's environment. */
export const directoryEnvironment = {
  NIFI_HOME: nifiHome,
  NIFI_CONFIG_DIR: configDirectory,
  NIFI_START_DIR: startDirectory,
  NIFI_KEY_DIR: keyDirectory,
  NIFI_SECRET_DIR: secretDirectory,
  NIFI_TLS_DIR: tlsDirectory,
  NIFI_DATA_DIR: volumeDirectory('data'),
} as const;

export const defaultPorts = { web: 8443, clusterProtocol: 11443, loadBalance: 6342, management: 52020 } as const;
