// Merges bootstrap.conf: what nifi.sh starts the JVM with.
// NiFi sorts the java.arg keys as text and the JVM heeds the last of contradicting arguments, hence the user's come last.

import type { PropertyEntry } from './nifi-properties.ts';
import { consoleArgument, jvmArgumentPrefix } from './owned.ts';
import { trustStoreOf, trustStorePassword, trustStorePath } from './sign-in.ts';
import type { NodeConfigInput } from './types.ts';

/** Left between NiFi's own end and SIGKILL, so that a node that needs its whole time still ends by itself. */
const spareSeconds = 10;

/** The public part of bootstrap.conf, in a fixed order. */
export function bootstrapEntries(input: NodeConfigInput): PropertyEntry[] {
  const values = new Map(Object.entries({ ...ours(input), ...input.overrides.bootstrapConf }));
  for (const key of Object.keys(input.secretOverrides.bootstrapConf)) values.delete(key);
  return [...values].map(([key, value]) => ({ key, value }));
}

function ours({ jvm, ports, terminationGracePeriodSeconds, signIn }: NodeConfigInput): Record<string, string> {
  const entries: Record<string, string> = {
    'lib.dir': './lib',
    'conf.dir': './conf',
    'graceful.shutdown.seconds': String(Math.max(1, terminationGracePeriodSeconds - spareSeconds)),
    'management.server.address': `http://127.0.0.1:${ports.management}`,
    'java.arg.2': `-Xms${jvm.heap}`,
    'java.arg.3': `-Xmx${jvm.heap}`,
    'java.arg.5': '-Dsun.net.http.allowRestrictedHeaders=true',
    'java.arg.6': '-Djava.protocol.handler.pkgs=sun.net.www.protocol',
    [consoleArgument]: '-Dnifi.console.target=System.out',
    'java.arg.curatorLogOnlyFirstConnectionIssue': '-Dcurator-log-only-first-connection-issue-as-error-level=true',
    'java.arg.headless': '-Djava.awt.headless=true',
    'java.arg.securityAuthUseSubjectCredsOnly': '-Djavax.security.auth.useSubjectCredsOnly=true',
  };
  const trust = trustStoreOf(signIn);
  if (trust?.onTopOfJdk === true) {
    entries['java.arg.trustStore'] = `-Djavax.net.ssl.trustStore=${trustStorePath(trust)}`;
    entries['java.arg.trustStorePassword'] = `-Djavax.net.ssl.trustStorePassword=${trustStorePassword}`;
  }
  for (const [index, arg] of jvm.args.entries()) {
    entries[`${jvmArgumentPrefix}${String(index + 1).padStart(3, '0')}`] = arg;
  }
  return entries;
}
