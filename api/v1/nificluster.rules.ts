// The CEL rules that look at a whole NiFiCluster: how fields go together, and which may never change.
// Every rule names its field and what mends it. Transition rules stand here, at the spec, because the spec always exists on both
// sides: so they also see a field that is added or taken out, which a rule at the field itself would not.

import { rule } from '../../pkg/schema/helpers.ts';
import type { Rule } from '../../pkg/schema/structural.ts';

function immutable(field: string, mend: string): Rule {
  return rule(
    `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    `${field} cannot be changed, added or taken out: put the former value back; ${mend}`,
    { fieldPath: `.${field}`, reason: 'FieldValueForbidden' },
  );
}

export const specRules: readonly Rule[] = [
  rule(
    'has(self.replicas) != has(self.nodeIds)',
    'give exactly one of replicas (members by count) and nodeIds (members by name)',
  ),
  rule(
    'has(self.replicas) == has(oldSelf.replicas)',
    'the choice between replicas and nodeIds cannot be changed: put the former field back',
    { reason: 'FieldValueForbidden' },
  ),
  rule(
    '!has(self.decommission) || has(self.replicas)',
    'decommission goes with replicas: with nodeIds, take the id out of nodeIds',
    {
      fieldPath: '.decommission',
    },
  ),
  rule(
    "(self.clusterManager == 'ZooKeeper') == has(self.zookeeper)",
    'give zookeeper exactly when clusterManager is ZooKeeper',
    { fieldPath: '.zookeeper' },
  ),
  rule("self.transport == 'TLS' || !has(self.tls)", 'tls goes with transport TLS: take tls out or choose TLS', {
    fieldPath: '.tls',
  }),
  rule("self.transport == 'TLS' || !has(self.auth)", 'auth needs transport TLS: take auth out or choose TLS', {
    fieldPath: '.auth',
  }),
  rule(
    "self.transport == 'TLS' || !(has(self.access.admins) || has(self.access.operators) || has(self.access.readers) || self.access.strict)",
    'access needs transport TLS: without it NiFi knows no users; take access out or choose TLS',
    { fieldPath: '.access' },
  ),
  rule(
    "!has(self.listeners) || !self.listeners.exists(listener, listener.name in ['cluster', 'load-balance', self.transport == 'TLS' ? 'https' : 'http'])",
    'a listener may not be named cluster, load-balance, or as the port of the UI, https (http without TLS): two ports of a Pod cannot share a name; choose another',
    { fieldPath: '.listeners' },
  ),
  rule(
    '!has(self.nodes) || self.nodes.all(node, !has(node.group) || (has(self.nodeGroups) && self.nodeGroups.exists(group, group.name == node.group)))',
    'a node names a group that nodeGroups does not have: add the group or correct the name',
    { fieldPath: '.nodes' },
  ),
  immutable('transport', 'nodes with and without TLS cannot form one cluster'),
  immutable('clusterManager', 'nodes with different managers cannot form one cluster'),
  immutable('zookeeper', 'nodes with different ZooKeepers cannot form one cluster'),
  immutable('sensitivePropsKey', 'the flow on disk is encrypted with it'),
];

export const clusterRules: readonly Rule[] = [
  rule(
    "self.metadata.name.size() <= 52 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    'metadata.name must be at most 52 lower case letters, digits and hyphens and begin with a letter: host names are made of it',
  ),
  rule(
    '!has(self.spec.listeners) || self.spec.listeners.all(listener, !has(listener.service) || self.metadata.name.size() + listener.name.size() <= 62)',
    'the Service of a listener, <cluster>-<listener>, would be longer than 63 characters: shorten the name of the listener',
    { fieldPath: '.spec.listeners' },
  ),
];
