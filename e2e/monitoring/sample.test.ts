// The sample of Fluent Bit, Loki and Grafana says one thing in all its files: what is sent is what is asked for, by the labels that Pods really
// have. Nothing of it runs here: no image is there to run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { labels } from '../../api/v1/labels.ts';
import { readFlowKube } from '../flowkube/sample.ts';
import { fileOf, readSample } from './sample.ts';

const objects = readSample();
const fluentBit = fileOf(objects, 'fluent-bit', 'fluent-bit.conf');
const workloads = objects.filter(({ kind }) =>
  ['DaemonSet', 'Deployment', 'StatefulSet'].includes(kind),
) as unknown as {
  readonly kind: string;
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}[];

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: { readonly label: string } }[] };
}

/** Labels of the streams that Fluent Bit makes, and where each comes from. */
function streams(): ReadonlyMap<string, string> {
  const [, list = ''] = /^ +Labels +(source=.+)$/mu.exec(fluentBit) ?? [];
  return new Map(list.split(', ').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
}

test('Every image has a tag that says a version', () => {
  const images = workloads.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
  assert.equal(images.length, 3);
  for (const image of images) assert.match(image, /:\d+\.\d+\.\d+$/u);
});

test('Only what reads the files of a machine is outside of the restricted namespace', () => {
  const where = workloads.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`).toSorted();
  assert.deepEqual(where, ['DaemonSet logs-agents', 'Deployment logs', 'StatefulSet logs']);
});

test('Fluent Bit follows what FlowKube’s jobs and the nodes of clusters are labelled with', async () => {
  const { context } = await readFlowKube();
  assert.match(JSON.stringify(context.spec), /job_type/u);
  assert.equal(streams().get('job_type'), "$kubernetes['labels']['job_type']");
  assert.equal(streams().get('cluster'), `$kubernetes['labels']['${labels.cluster}']`);
  for (const label of ['job_type', labels.cluster])
    assert.ok(fluentBit.includes(`Regex       $kubernetes['labels']['${label}'] .+`), label);
});

test('Names of Pods make no streams: there is one for each job', () => {
  assert.deepEqual([...streams().keys()], ['source', 'namespace', 'job_type', 'cluster']);
  assert.match(fluentBit, /Structured_Metadata +pod=/u);
});

test('The dashboard asks for labels that are sent, and of the source that is there', () => {
  const dashboard = JSON.parse(fileOf(objects, 'grafana-dashboards', 'nifi-logs.json')) as Dashboard;
  const asked = dashboard.panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => /\{(\w+)=~/u.exec(expr)?.[1] ?? ''),
  );
  assert.ok(asked.length > 0);
  for (const label of [...asked, ...dashboard.templating.list.map(({ query }) => query.label)])
    assert.ok(streams().has(label), label);
  const { datasources } = parse(fileOf(objects, 'grafana', 'datasources.yaml')) as {
    readonly datasources: readonly { readonly uid: string; readonly url: string }[];
  };
  assert.deepEqual(
    datasources.map(({ uid, url }) => [uid, url]),
    [['loki', 'http://loki.logs.svc:3100']],
  );
  assert.deepEqual([...new Set(JSON.stringify(dashboard).match(/"uid":"loki"/gu))], ['"uid":"loki"']);
});

test('Loki keeps what comes with a line besides its labels, and listens where it is asked', () => {
  const loki = parse(fileOf(objects, 'loki', 'loki.yaml')) as {
    readonly server: { readonly http_listen_port: number };
    readonly limits_config: { readonly allow_structured_metadata: boolean };
    readonly schema_config: { readonly configs: readonly { readonly schema: string }[] };
  };
  assert.equal(loki.limits_config.allow_structured_metadata, true);
  assert.equal(loki.schema_config.configs[0]?.schema, 'v13');
  assert.match(fluentBit, new RegExp(`Host +loki\\.logs\\.svc\n +Port +${loki.server.http_listen_port}\n`, 'u'));
});
