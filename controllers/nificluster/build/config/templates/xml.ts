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
{{#if directory}}
  <userGroupProvider>
    <identifier>ldap-user-group-provider</identifier>
    <class>org.apache.nifi.ldap.tenants.LdapUserGroupProvider</class>
{{#each directory.properties}}
    <property name="{{xml name}}">{{xml value}}</property>
{{/each}}
  </userGroupProvider>
  <userGroupProvider>
    <identifier>composite-configurable-user-group-provider</identifier>
    <class>org.apache.nifi.authorization.CompositeConfigurableUserGroupProvider</class>
    <property name="Configurable User Group Provider">file-user-group-provider</property>
    <property name="User Group Provider 1">ldap-user-group-provider</property>
  </userGroupProvider>
{{/if}}
  <accessPolicyProvider>
    <identifier>file-access-policy-provider</identifier>
    <class>org.apache.nifi.authorization.FileAccessPolicyProvider</class>
    <property name="User Group Provider">{{xml userGroupProvider}}</property>
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

/** Without a provider whoever talks to NiFi shows a client certificate, or comes with a token of an OIDC provider. */
export const loginIdentityProviders = `${declaration}
${header}
<loginIdentityProviders>
{{#if singleUser}}
  <provider>
    <identifier>single-user-provider</identifier>
    <class>org.apache.nifi.authentication.single.user.SingleUserLoginIdentityProvider</class>
    <property name="Username">{{xml singleUser.username}}</property>
    <property name="Password">{{xml singleUser.passwordHash}}</property>
  </provider>
{{/if}}
{{#if ldap}}
  <provider>
    <identifier>ldap-provider</identifier>
    <class>org.apache.nifi.ldap.LdapProvider</class>
{{#each ldap.properties}}
    <property name="{{xml name}}">{{xml value}}</property>
{{/each}}
  </provider>
{{/if}}
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
