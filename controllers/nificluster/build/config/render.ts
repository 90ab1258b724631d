// Renders one node's files, the public part and the Secret part, from plain data.
// Pure: the same input gives the same bytes, whatever the cluster's size, so that the hash of the result names a revision.
// It refuses, by throwing, what validation should have refused before; it never drops an override silently.

import { bootstrapEntries } from './bootstrap-conf.ts';
import { nifiPropertySections, type PropertyEntry } from './nifi-properties.ts';
import { jvmArgumentProblems, overrideProblems } from './owned.ts';
import { startScript, volumeDirectory } from './paths.ts';
import { clientSecretProperty, trustStoreOf, trustStorePassword } from './sign-in.ts';
import { signInFiles } from './sign-in-files.ts';
import { storageProblems } from './storage.ts';
import { renderTemplate } from './templates.ts';
import type { NodeConfig, NodeConfigInput } from './types.ts';

/**
 * All files of the node. Throws ConfigRefusedError with every problem when an override is not the user's to make or the
 * volumes do not fit NiFi, RangeError when the version is none.
 */
export function renderNodeConfig(input: NodeConfigInput): NodeConfig {
  const problems = configProblems(input);
  if (problems.length > 0) throw new ConfigRefusedError(problems);
  const secretFiles = secretPart(input);
  const files = { ...defaultFiles(input), ...input.overrides.files };
  const kept = Object.entries(files).filter(([name]) => !Object.hasOwn(input.secretOverrides.files, name));
  return {
    files: {
      ...Object.fromEntries(kept),
      [startScript]: entryScript(
        input,
        kept.map(([name]) => name),
        secretFiles,
      ),
    },
    secretFiles,
  };
}

/** What keeps the input from being rendered, one sentence each, naming the field or key; empty when all is well. */
export function configProblems(input: NodeConfigInput): string[] {
  return [
    ...storageProblems(input.storage),
    ...jvmArgumentProblems(input.jvm.args),
    ...overrideProblems(input.overrides),
    ...overrideProblems(input.secretOverrides),
  ];
}

export class ConfigRefusedError extends Error {
  override readonly name = 'ConfigRefusedError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

function defaultFiles(input: NodeConfigInput): Record<string, string> {
  const { cluster, clusterManager } = input;
  const dataDirectory = volumeDirectory('data');
  return {
    'nifi.properties': renderTemplate('nifi.properties', { sections: nifiPropertySections(input) }),
    'bootstrap.conf': renderTemplate('bootstrap.conf', { entries: bootstrapEntries(input) }),
    ...signInFiles(input).files,
    'state-management.xml': renderTemplate('state-management.xml', {
      dataDirectory,
      configMapPrefix: cluster,
      zooKeeper: clusterManager.kind === 'ZooKeeper' ? clusterManager : null,
    }),
    'logback.xml': renderTemplate('logback.xml', {}),
    'zookeeper.properties': renderTemplate('zookeeper.properties', {}),
  };
}

function secretPart(input: NodeConfigInput): Record<string, string> {
  const { secretOverrides, signIn } = input;
  const files: Record<string, string> = { ...signInFiles(input).secretFiles, ...secretOverrides.files };
  const client = signIn?.kind === 'Oidc' ? { [clientSecretProperty]: signIn.clientSecret } : {};
  const properties: Record<string, Readonly<Record<string, string>>> = {
    'nifi.properties': { ...secretOverrides.nifiProperties, ...client },
    'bootstrap.conf': secretOverrides.bootstrapConf,
  };
  for (const [name, values] of Object.entries(properties)) {
    const entries: PropertyEntry[] = Object.keys(values)
      .toSorted()
      .map((key) => ({ key, value: values[key] ?? '' }));
    if (entries.length > 0) files[name] = renderTemplate('secret.properties', { entries });
  }
  return files;
}

function entryScript(input: NodeConfigInput, names: readonly string[], secretFiles: NodeConfig['secretFiles']): string {
  const trust = trustStoreOf(input.signIn);
  return renderTemplate('start.sh', {
    nodeId: input.nodeId,
    host: input.host,
    tls: input.transport === 'TLS',
    files: names.toSorted().join(' '),
    secretFiles: Object.keys(secretFiles).toSorted().join(' '),
    trust: trust
      ? {
          store: trust.file,
          password: trustStorePassword,
          onTopOfJdk: trust.onTopOfJdk,
          certificates: Object.keys(trust.certificates).join(' '),
        }
      : null,
  });
}
