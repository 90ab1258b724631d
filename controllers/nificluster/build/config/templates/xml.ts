// Templates of the providers' files. Every value goes through `xml`, which escapes it.

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const header = '<!-- Rendered by nifi-operator: a change belongs in the NiFiCluster. -->';

/**
 * NiFi writes users and policies from here once, when its files on the volume do not exist yet, and never again.
 * The operator gives itself and the nodes later what the Initial Admin and a Node Identity lack.
 */
export const authorizers = `${declaration}
${header}
<authorizers>
  <userGroupProvider>
    <identifier>file-user-group-provider</identifier>
    <class>org.apache.nifi.authorization.FileUserGroupProvider</class>
    <property name="Users File">{{xml dataDirectory}}/users.xml</property>
    <property name="Initial User Identity 1">{{xml operatorIdentity}}</property>
    <property name="Initial User Identity 2">{{xml nodeIdentity}}</property>
  </userGroupProvider>
  <accessPolicyProvider>
    <identifier>file-access-policy-provider</identifier>
    <class>org.apache.nifi.authorization.FileAccessPolicyProvider</class>
    <property name="User Group Provider">file-user-group-provider</property>
    <property name="Authorizations File">{{xml dataDirectory}}/authorizations.xml</property>
    <property name="Initial Admin Identity">{{xml operatorIdentity}}</property>
    <property name="Node Identity 1">{{xml nodeIdentity}}</property>
  </accessPolicyProvider>
  <authorizer>
    <identifier>managed-authorizer</identifier>
    <class>org.apache.nifi.authorization.StandardManagedAuthorizer</class>
    <property name="Access Policy Provider">file-access-policy-provider</property>
  </authorizer>
</authorizers>
`;

/** No provider: whoever talks to NiFi shows a client certificate. */
export const loginIdentityProviders = `${declaration}
${header}
<loginIdentityProviders>
</loginIdentityProviders>
`;

export const stateManagement = `${declaration}
${header}
<stateManagement>
  <local-provider>
    <id>local-provider</id>
    <class>org.apache.nifi.controller.state.providers.local.WriteAheadLocalStateProvider</class>
    <property name="Directory">{{xml dataDirectory}}/state/local</property>
    <property name="Always Sync">false</property>
    <property name="Partitions">16</property>
    <property name="Checkpoint Interval">2 mins</property>
  </local-provider>
{{#if zooKeeper}}
  <cluster-provider>
    <id>zk-provider</id>
    <class>org.apache.nifi.controller.state.providers.zookeeper.ZooKeeperStateProvider</class>
    <property name="Connect String">{{xml zooKeeper.connectString}}</property>
    <property name="Root Node">{{xml zooKeeper.rootNode}}</property>
    <property name="Session Timeout">10 seconds</property>
    <property name="Access Control">Open</property>
  </cluster-provider>
{{else}}
  <cluster-provider>
    <id>kubernetes-provider</id>
    <class>org.apache.nifi.kubernetes.state.provider.KubernetesConfigMapStateProvider</class>
    <property name="ConfigMap Name Prefix">{{xml configMapPrefix}}</property>
  </cluster-provider>
{{/if}}
</stateManagement>
`;
