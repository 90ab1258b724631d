// What users may not set in a node's files: the settings that identity, storage, clustering and start.sh stand on.
// The list itself is the API's, so that admission and rendering refuse the same; here are only the rules that concern
// how the templates write things. Keys out of Secrets and ConfigMaps reach no admission: they are refused here alone.

import { ownedProperty } from '../../../../api/v1/owned-properties.ts';
import type { ConfigOverrides } from './types.ts';

/** Files that may be replaced as a whole. Properties files are changed key by key instead, the others are the operator's. */
export const replaceableFiles: readonly string[] = ['logback.xml', 'zookeeper.properties'];

/** `jvm.args` become keys that begin so: NiFi passes arguments in the order of their keys, and the JVM heeds the last. */
export const jvmArgumentPrefix = 'java.arg.z';
/** Passed to NiFi alone, so that only NiFi itself logs to standard output; see logback.xml. */
export const consoleArgument = 'java.arg.consoleTarget';

/** Up to 2.6 it decides under which scheme the nodes find each other; later releases look at the ports alone. */
const schemeOfOldReleases = 'nifi.cluster.protocol.is.secure';

/** NiFi takes the first identity mapping that matches, in the order of their names; ours begin with `0-`. */
const mappingBeforeOurs = /^nifi\.security\.identity\.mapping\.(?:pattern|value|transform)\.[!-0]/;

export function isOperatorOwnedProperty(key: string): boolean {
  return ownedProperty('nifi.properties', key) || key === schemeOfOldReleases || mappingBeforeOurs.test(key);
}

export function isOperatorOwnedBootstrapProperty(key: string): boolean {
  return ownedProperty('bootstrap.conf', key) || key === consoleArgument || key.startsWith(jvmArgumentPrefix);
}

/** What is wrong with overrides, one sentence each, naming the key or file; empty when they may be rendered. */
export function overrideProblems(overrides: ConfigOverrides): string[] {
  const properties = Object.keys(overrides.nifiProperties);
  const bootstrap = Object.keys(overrides.bootstrapConf);
  return [
    ...properties
      .filter((key) => !isPropertyKey(key))
      .map((key) => `nifi.properties: ${JSON.stringify(key)} is no key`),
    ...properties.filter(isOperatorOwnedProperty).map((key) => `nifi.properties: ${key} is set by the operator`),
    ...bootstrap.filter((key) => !isPropertyKey(key)).map((key) => `bootstrap.conf: ${JSON.stringify(key)} is no key`),
    ...bootstrap.filter(isOperatorOwnedBootstrapProperty).map((key) => `bootstrap.conf: ${key} is set by the operator`),
    ...Object.entries(overrides.bootstrapConf)
      .filter(([key, value]) => key.startsWith('java.arg.') && !isJvmArgument(value))
      .map(([key]) => `bootstrap.conf: ${key} holds a blank or a wildcard, which nifi.sh cannot pass to the JVM`),
    ...Object.keys(overrides.files)
      .filter((name) => !replaceableFiles.includes(name))
      .map((name) => `${name} cannot be replaced, only ${replaceableFiles.join(' and ')}`),
  ];
}

/** What is wrong with `jvm.args`, one sentence each. */
export function jvmArgumentProblems(args: readonly string[]): string[] {
  return args
    .filter((arg) => !isJvmArgument(arg))
    .map((arg) => `jvm.args: ${JSON.stringify(arg)} holds a blank or a wildcard, which nifi.sh cannot pass to the JVM`);
}

/** nifi.sh hands the arguments over in an unquoted variable, where the shell splits and globs them. */
function isJvmArgument(text: string): boolean {
  return !/[\s*?[\]]/.test(text);
}

function isPropertyKey(key: string): boolean {
  return /^[A-Za-z0-9][\w.-]*$/.test(key);
}
