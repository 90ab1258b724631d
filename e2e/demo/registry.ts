// The NiFi Registry of a demo: played on the loopback, and stocked with whatever flows the samples ask a NiFi Registry for, up to one
// version more than they ask, so that there is something to go on to. The samples' registry clients are pointed at it: the address in
// the sample leads nowhere here.

import type { NiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { NiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { PlayedRegistry } from '../registry/server.ts';
import type { Sample } from './samples.ts';

export interface DemoRegistry {
  readonly url: string;
  /** For the operator's flag: a loopback address is refused otherwise. */
  readonly host: string;
  stop(): Promise<void>;
}

export async function startRegistry(samples: readonly Sample[]): Promise<DemoRegistry> {
  const registry = await PlayedRegistry.start();
  for (const { spec } of samples.flatMap(({ objects }) => objects.filter(isDataflow))) {
    const wanted = spec.source.registry;
    if (wanted === undefined) continue;
    const { store } = registry;
    const known = [...store.buckets.values()].find(({ name }) => name === wanted.bucket);
    const bucket = (known ?? store.createBucket(wanted.bucket)).identifier;
    const flow = store.createFlow(bucket, wanted.flow).identifier;
    const newest = 1 + Number(wanted.version ?? 1);
    for (let version = 1; version <= newest; version += 1)
      store.createVersion(bucket, flow, {
        flowContents: contents(wanted.flow, version),
        comments: `Version ${version}`,
      });
  }
  return { url: registry.url, host: new URL(registry.url).hostname, stop: () => registry.stop() };
}

/** The sample with its clients of a NiFi Registry pointed at this one. */
export function pointedAt(url: string, sample: Sample): Sample {
  const objects = sample.objects.map((object) =>
    isRegistryClient(object) && object.spec.type === 'NiFiRegistry'
      ? ({ ...object, spec: { ...object.spec, properties: { ...object.spec.properties, url } } } as KubeObject)
      : object,
  );
  return { ...sample, objects };
}

/** Whether it has a client that `pointedAt` changes. */
export function needsRegistry({ objects }: Sample): boolean {
  return objects.some((object) => isRegistryClient(object) && object.spec.type === 'NiFiRegistry');
}

export function isDataflow(object: KubeObject): object is NiFiDataflow {
  return object.kind === 'NiFiDataflow';
}

function isRegistryClient(object: KubeObject): object is NiFiRegistryClient {
  return object.kind === 'NiFiRegistryClient';
}

/** A source, a queue and a sink; versions differ in what the sink sets, and the queue is the same in all. */
function contents(flow: string, version: number): object {
  const id = (end: string): string => `d0e5a1c0-${end}-3f00-8000-000000000001`;
  const standard = { bundle: { group: 'org.apache.nifi', artifact: 'nifi-standard-nar', version: '2.6.0' } };
  return {
    identifier: id('0000'),
    name: flow,
    comments: `Version ${version} of ${flow}`,
    processors: [
      {
        ...standard,
        identifier: id('0001'),
        name: 'Receive',
        type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
        properties: { 'File Size': '1KB' },
      },
      {
        identifier: id('0002'),
        name: 'Mark',
        type: 'org.apache.nifi.processors.attributes.UpdateAttribute',
        bundle: { group: 'org.apache.nifi', artifact: 'nifi-update-attribute-nar', version: '2.6.0' },
        properties: { 'flow.version': String(version) },
        autoTerminatedRelationships: ['success'],
      },
    ],
    connections: [
      {
        identifier: id('0003'),
        name: 'received',
        source: { id: id('0001') },
        destination: { id: id('0002') },
        selectedRelationships: ['success'],
      },
    ],
  };
}
