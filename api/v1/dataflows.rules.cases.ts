// What the rules of the three kinds for dataflows let in and refuse, and the words of the refusal.

import type { CustomResource } from '../../pkg/schema/kind.ts';
import type { Spec } from './admission.fixture.ts';
import { nifiDataflow } from './nifidataflow.schema.ts';
import { nifiParameterContext } from './nifiparametercontext.schema.ts';
import { nifiRegistryClient } from './nifiregistryclient.schema.ts';

export interface DataflowCase {
  readonly what: string;
  /** What stands before; the good and the bad spec are changes of it. */
  readonly from?: Spec;
  readonly good: Spec;
  readonly bad: Spec;
  readonly says: string;
}

const clusterRef = { name: 'prod' };
const other = { clusterRef: { name: 'other' } };
const key = { name: 'git', key: 'token' };
const registry = { clientRef: { name: 'flows' }, bucket: 'b', flow: 'f' };
const inline = { definition: { inline: '{}' } };

const clientCases: readonly DataflowCase[] = [
  {
    what: 'a type is one of the five or a class',
    good: { type: 'org.example.Registry' },
    bad: { type: 'Gitea' },
    says: 'spec.type in body should match',
  },
  {
    what: 'a property comes from one place',
    good: { properties: { a: 'x' }, secretProperties: { b: key } },
    bad: { properties: { a: 'x' }, secretProperties: { a: key } },
    says: 'a property is in properties and in secretProperties',
  },
  {
    what: 'a property has a name',
    good: { properties: { 'GitHub API URL': '' } },
    bad: { properties: { '': 'x' } },
    says: 'names of properties have',
  },
  {
    what: 'a secret is of this namespace',
    good: { secretProperties: { a: key } },
    bad: { secretProperties: { a: { ...key, namespace: 'other' } } },
    says: 'unknown field "spec.secretProperties.a.namespace"',
  },
  {
    what: 'a registry client is for a cluster of this namespace',
    good: {},
    bad: { clusterRef: { ...clusterRef, namespace: 'other' } },
    says: 'unknown field "spec.clusterRef.namespace"',
  },
  {
    what: 'a registry client stays in its cluster',
    from: {},
    good: { type: 'GitHub' },
    bad: other,
    says: 'clusterRef cannot be changed',
  },
];

const contextCases: readonly DataflowCase[] = [
  {
    what: 'a parameter comes from one place',
    good: { parameters: { a: { value: '' } }, sensitiveParameters: { b: key } },
    bad: { parameters: { a: {} }, sensitiveParameters: { a: key } },
    says: 'a parameter is in parameters and in sensitiveParameters',
  },
  {
    what: 'a parameter has a name that NiFi takes',
    good: { parameters: { 'db host-1.x_y': {} } },
    bad: { parameters: { 'a/b': {} } },
    says: 'names of parameters have',
  },
  {
    what: 'a context does not inherit from itself',
    good: { inheritedParameterContexts: [{ name: 'base' }] },
    bad: { inheritedParameterContexts: [{ name: 'thing' }] },
    says: 'a context cannot inherit from itself',
  },
  {
    what: 'a Secret is named once',
    good: { secretRefs: [{ name: 'a' }, { name: 'b' }] },
    bad: { secretRefs: [{ name: 'a' }, { name: 'a' }] },
    says: 'Duplicate value',
  },
  {
    what: 'a sensitive parameter is of this namespace',
    good: { sensitiveParameters: { a: key } },
    bad: { sensitiveParameters: { a: { ...key, namespace: 'other' } } },
    says: 'unknown field "spec.sensitiveParameters.a.namespace"',
  },
  {
    what: 'a context inherits within this namespace',
    good: { inheritedParameterContexts: [{ name: 'base' }] },
    bad: { inheritedParameterContexts: [{ name: 'base', namespace: 'other' }] },
    says: 'unknown field "spec.inheritedParameterContexts[0].namespace"',
  },
  {
    what: 'a context stays in its cluster',
    from: {},
    good: { adopt: true },
    bad: other,
    says: 'clusterRef cannot be changed',
  },
];

const dataflowCases: readonly DataflowCase[] = [
  {
    what: 'a flow has one source',
    good: { source: { registry: { ...registry, version: '3' } } },
    bad: { source: { ...inline, registry: { ...registry, version: '3' } } },
    says: 'give exactly one of registry and definition',
  },
  {
    what: 'a version is given or followed',
    good: { source: { registry: { ...registry, latest: true } } },
    bad: { source: { registry: { ...registry, version: '3', latest: true } } },
    says: 'give exactly one of version and latest: true',
  },
  {
    what: 'not to follow the latest is no version',
    good: { source: { registry: { ...registry, version: '3', latest: false } } },
    bad: { source: { registry: { ...registry, latest: false } } },
    says: 'give exactly one of version and latest: true',
  },
  {
    what: 'a definition comes from one place',
    good: { source: { definition: { configMapKeyRef: { name: 'flow', key: 'flow.json' } } } },
    bad: { source: { definition: {} } },
    says: 'give exactly one of configMapKeyRef and inline',
  },
  {
    what: 'a client is of this namespace',
    good: { source: { registry: { ...registry, version: '3' } } },
    bad: { source: { registry: { ...registry, clientRef: { name: 'flows', namespace: 'other' }, version: '3' } } },
    says: 'unknown field "spec.source.registry.clientRef.namespace"',
  },
  {
    what: 'a definition is of this namespace',
    good: { source: { definition: { configMapKeyRef: { name: 'flow', key: 'flow.json' } } } },
    bad: { source: { definition: { configMapKeyRef: { name: 'flow', key: 'flow.json', namespace: 'other' } } } },
    says: 'unknown field "spec.source.definition.configMapKeyRef.namespace"',
  },
  {
    what: 'a parent is known in one way',
    good: { parentProcessGroup: { name: 'team' } },
    bad: { parentProcessGroup: { name: 'team', id: 'ab' } },
    says: 'give exactly one of id and name',
  },
  {
    what: 'a flow moves between clusters, and keeps its kind of source',
    from: { source: { registry: { ...registry, version: '3' } } },
    good: { ...other, source: { registry: { ...registry, flow: 'g', latest: true } } },
    bad: { source: inline },
    says: 'the choice between registry and definition cannot be changed',
  },
];

export interface KindCases {
  readonly kind: CustomResource;
  readonly least: Spec;
  readonly cases: readonly DataflowCase[];
}

export const kindCases: readonly KindCases[] = [
  { kind: nifiRegistryClient, least: { clusterRef, type: 'NiFiRegistry' }, cases: clientCases },
  { kind: nifiParameterContext, least: { clusterRef }, cases: contextCases },
  { kind: nifiDataflow, least: { clusterRef, source: inline }, cases: dataflowCases },
];
