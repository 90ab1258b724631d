// The files of one node of the fixture, written by hand: nothing of the operator's templates is in them.

export interface PropertiesOptions {
  readonly properties?: Readonly<Record<string, string | undefined>>;
  readonly appended?: string;
  readonly candidates?: number;
}

export function propertiesText(host: string, options: PropertiesOptions): string {
  const properties: Record<string, string | undefined> = {
    'nifi.flow.configuration.file': '/var/lib/nifi/data/flow.json.gz',
    'nifi.flowfile.repository.directory': '/var/lib/nifi/data/flowfile_repository',
    'nifi.content.repository.directory.default': '/var/lib/nifi/data/content_repository',
    'nifi.state.management.provider.local': 'local-provider',
    'nifi.state.management.provider.cluster': 'kubernetes-provider',
    'nifi.web.https.host': host,
    'nifi.web.https.port': '8443',
    'nifi.sensitive.props.key': 'a long enough sensitive key',
    'nifi.security.keystoreType': 'PEM',
    'nifi.security.keystore.certificate': '/etc/nifi/tls/tls.crt',
    'nifi.security.keystore.privateKey': '/etc/nifi/tls/tls.key',
    'nifi.security.truststoreType': 'PEM',
    'nifi.security.truststore.certificate': '/etc/nifi/tls/ca.crt',
    'nifi.security.user.authorizer': 'managed-authorizer',
    'nifi.security.user.login.identity.provider': '',
    'nifi.cluster.is.node': 'true',
    'nifi.cluster.node.address': host,
    'nifi.cluster.node.protocol.port': '11443',
    'nifi.cluster.protocol.heartbeat.interval': '5 sec',
    'nifi.cluster.protocol.heartbeat.missable.max': '8',
    'nifi.cluster.flow.election.max.wait.time': '5 mins',
    'nifi.cluster.flow.election.max.candidates': String(options.candidates ?? 1),
    'nifi.cluster.leader.election.implementation': 'KubernetesLeaderElectionManager',
    'nifi.cluster.leader.election.kubernetes.lease.prefix': 'contract',
    ...options.properties,
  };
  const lines = Object.entries(properties).filter(([, value]) => value !== undefined);
  return `${lines.map(([key, value]) => `${key}=${value ?? ''}`).join('\n')}\n${options.appended ?? ''}`;
}

/** Users as in the recorded cluster: one admin and the nodes, each under the name of its certificate. */
export function authorizersText(
  nodes: readonly string[] = ['CN=nifi-0', 'CN=nifi-1', 'CN=nifi-2', 'CN=nifi-3'],
): string {
  const property = (name: string, value: string) => `<property name="${name}">${value}</property>`;
  const users = ['CN=admin', ...nodes].map((identity, index) =>
    property(`Initial User Identity ${index + 1}`, identity),
  );
  const nodeIdentities = nodes.map((identity, index) => property(`Node Identity ${index + 1}`, identity));
  return `<?xml version="1.0"?><authorizers>
<userGroupProvider><identifier>file-user-group-provider</identifier><class>org.apache.nifi.authorization.FileUserGroupProvider</class>
${property('Users File', '/var/lib/nifi/data/users.xml')}${users.join('')}</userGroupProvider>
<accessPolicyProvider><identifier>file-access-policy-provider</identifier><class>org.apache.nifi.authorization.FileAccessPolicyProvider</class>
${property('User Group Provider', 'file-user-group-provider')}${property('Authorizations File', '/var/lib/nifi/data/authorizations.xml')}
${property('Initial Admin Identity', 'CN=admin')}${nodeIdentities.join('')}</accessPolicyProvider>
<authorizer><identifier>managed-authorizer</identifier><class>org.apache.nifi.authorization.StandardManagedAuthorizer</class>
${property('Access Policy Provider', 'file-access-policy-provider')}</authorizer>
<authorizer><identifier>single-user-authorizer</identifier><class>org.apache.nifi.authorization.single.user.SingleUserAuthorizer</class></authorizer>
</authorizers>`;
}

export const stateText = `<stateManagement>
<local-provider><id>local-provider</id><class>org.apache.nifi.controller.state.providers.local.WriteAheadLocalStateProvider</class>
<property name="Directory">/var/lib/nifi/data/state/local</property></local-provider>
<cluster-provider><id>zk-provider</id><class>org.apache.nifi.controller.state.providers.zookeeper.ZooKeeperStateProvider</class></cluster-provider>
<cluster-provider><id>kubernetes-provider</id><class>org.apache.nifi.kubernetes.state.provider.KubernetesConfigMapStateProvider</class></cluster-provider>
</stateManagement>`;
