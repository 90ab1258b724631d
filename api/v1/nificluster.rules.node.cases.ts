// What the rules of NiFiCluster let in and refuse at creation: the settings of nodes (spec.node, and overrides where that differs).

import type { Spec } from './admission.fixture.ts';
import type { CreateCase } from './nificluster.rules.cases.ts';

const data = { name: 'data', size: '2Gi' };
const content = { name: 'content', size: '20Gi' };

function node(settings: Spec): Spec {
  return { node: settings };
}

function nodeOverride(settings: Spec): Spec {
  return { nodes: [{ id: 1, node: settings }] };
}

export const nodeCases: readonly CreateCase[] = [
  {
    what: 'storage has data',
    good: node({ storage: [data, content] }),
    bad: node({ storage: [content] }),
    says: 'storage needs an entry named data',
  },
  {
    what: 'a volume of another name says its repository',
    good: node({ storage: [data, { name: 'fast', repository: 'content', size: '1Gi' }] }),
    bad: node({ storage: [data, { name: 'fast', size: '1Gi' }] }),
    says: 'repository: take it off data',
  },
  {
    what: 'data has no repository of its own',
    good: {},
    bad: node({ storage: [{ ...data, repository: 'content' }] }),
    says: 'repository: take it off data',
  },
  {
    what: 'there is one flowfile repository',
    good: node({ storage: [data, { name: 'flowfile', size: '1Gi' }] }),
    bad: node({
      storage: [data, { name: 'flowfile', size: '1Gi' }, { name: 'ff-2', repository: 'flowfile', size: '1Gi' }],
    }),
    says: 'storage may hold one entry for the flowfile repository',
  },
  {
    what: 'a size is above zero',
    good: {},
    bad: node({ storage: [{ name: 'data', size: '0Gi' }] }),
    says: 'must be a quantity above 0',
  },
  {
    what: 'the heap is below the memory limit',
    good: node({ jvm: { heap: '1g' }, resources: { limits: { memory: '2Gi' } } }),
    bad: node({ jvm: { heap: '2g' }, resources: { limits: { memory: '2Gi' } } }),
    says: 'jvm.heap must be below resources.limits.memory',
  },
  {
    what: 'a limit given as a number counts too',
    good: node({ resources: { limits: { memory: 4294967296, cpu: 2 } } }),
    bad: node({ resources: { limits: { memory: 1000000 } } }),
    says: 'jvm.heap must be below resources.limits.memory',
  },
  {
    what: 'the heap is not an argument',
    good: node({ jvm: { args: ['-XX:+UseZGC'] } }),
    bad: node({ jvm: { args: ['-Xmx4g'] } }),
    says: 'jvm.args may not set',
  },
  {
    what: 'a property of the operator is refused by its name',
    good: node({ config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } }),
    bad: node({ config: { nifiProperties: { 'nifi.web.https.port': '9443' } } }),
    says: 'nifiProperties may not set nifi.web.https.port',
  },
  {
    what: 'a property of the operator is refused for a single node too',
    good: nodeOverride({ config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } }),
    bad: nodeOverride({ config: { nifiProperties: { 'nifi.sensitive.props.key': 'abcdefghijkl' } } }),
    says: 'nifiProperties may not set nifi.sensitive.props.key',
  },
  {
    what: 'a property of the operator is refused by its prefix',
    good: node({ config: { nifiProperties: { 'nifi.security.user.saml.idp.metadata.url': 'https://idp' } } }),
    bad: node({ config: { nifiProperties: { 'nifi.content.repository.directory.mine': '/tmp' } } }),
    says: 'nifiProperties may not set a property that begins with one of',
  },
  {
    what: 'the heap is not a property of bootstrap.conf',
    good: node({ config: { bootstrapConf: { 'java.arg.tz': '-Duser.timezone=UTC' } } }),
    bad: node({ config: { bootstrapConf: { 'java.arg.3': '-Xmx9g' } } }),
    says: 'bootstrapConf may not set java.arg.3',
  },
  {
    what: 'the arguments of jvm.args keep their keys in bootstrap.conf',
    good: {},
    bad: node({ config: { bootstrapConf: { 'java.arg.z1': '-Xmx9g' } } }),
    says: 'bootstrapConf may not set a property that begins with one of',
  },
  {
    what: 'a key of nifi.properties is a plain name',
    good: {},
    bad: node({ config: { nifiProperties: { 'nifi.web.https.port=9443\nx': '1' } } }),
    says: 'nifiProperties: a key is empty',
  },
  {
    what: 'a key of bootstrap.conf is a plain name',
    good: {},
    bad: node({ config: { bootstrapConf: { '': '1' } } }),
    says: 'bootstrapConf: a key is empty',
  },
  {
    what: 'a file that keeps nodes together cannot be replaced',
    good: node({ config: { files: { 'logback.xml': '<configuration/>' } } }),
    bad: node({ config: { files: { 'authorizers.xml': '<authorizers/>' } } }),
    says: 'files may hold logback.xml and zookeeper.properties only',
  },
  {
    what: 'a file out of another object has one source',
    good: node({ configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] }),
    bad: node({ configFrom: [{ file: 'nifi.properties', secretRef: { name: 'a' }, configMapRef: { name: 'b' } }] }),
    says: 'a configFrom entry needs exactly one',
  },
  {
    what: "the operator's variables are its own",
    good: node({ env: [{ name: 'TZ', value: 'UTC' }] }),
    bad: node({ env: [{ name: 'NIFI_HOME', value: '/x' }] }),
    says: 'env may not set',
  },
  {
    what: 'a variable has a value or a source',
    good: node({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    bad: node({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    says: 'give either value or valueFrom',
  },
  {
    what: 'a source of a variable is one',
    good: {},
    bad: node({ env: [{ name: 'A', valueFrom: {} }] }),
    says: 'give exactly one of secretKeyRef, configMapKeyRef and fieldRef',
  },
  {
    what: "the operator's labels are its own",
    good: node({ podTemplate: { metadata: { labels: { team: 'data' } }, spec: { nodeSelector: { disk: 'fast' } } } }),
    bad: node({ podTemplate: { metadata: { labels: { 'nifi.datadynamics.io/node': '7' } } } }),
    says: "podTemplate.metadata may not set the operator's own labels",
  },
];
