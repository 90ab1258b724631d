// The small schema on a real API server: samples become Ready and read back in both versions, what people type works in both, and a
// cluster that v1 knows more of loses nothing through v1alpha1, in whatever way it is written.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { defaulted } from '../../api/v1/decode.ts';
import { annotations } from '../../api/v1/labels.ts';
import { at, type Fields } from '../../api/v1alpha1/json.ts';
import { smallNiFiCluster } from '../../api/v1alpha1/nificluster.schema.ts';
import { createCertificateAuthority } from '../../pkg/pki/issue.ts';
import { ensureCertManager } from '../certmanager/binary.ts';
import {
  type CertManager,
  createCaIssuer,
  installCertManagerCrds,
  startCertManager,
} from '../certmanager/certmanager.ts';
import { until } from '../lab/until.ts';
import { definitionType, type SmallLab, startSmallLab } from './scene.ts';

const samples = new URL('../../config/samples/v1alpha1/', import.meta.url);
const namespace = 'small';
let small: SmallLab;
let certManager: CertManager;
let provider: Server;
let dir: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'small-schema-'));
  small = await startSmallLab();
  await small.lab.namespace(namespace);
  const binary = await ensureCertManager();
  await installCertManagerCrds(small.lab, binary);
  certManager = startCertManager(small.lab, binary);
  const authority = await createCertificateAuthority({ commonName: 'ca', now: new Date(), validForDays: 90 });
  await createCaIssuer(small.lab, { namespace, name: 'nifi-ca' }, authority);
  provider = createServer((_, response) => response.setHeader('content-type', 'application/json').end(discovery()));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  provider?.close();
  await certManager?.stop();
  await small?.stop();
  await rm(dir, { recursive: true, force: true });
});

function discovery(): string {
  const at = (path: string): string => `https://idp.example.com/${path}`;
  return JSON.stringify({
    issuer: 'https://idp.example.com',
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    jwks_uri: at('keys'),
    userinfo_endpoint: at('me'),
  });
}

async function read(version: 'v1' | 'v1alpha1', name: string): Promise<Fields> {
  const kind = `nificlusters.${version}.datadynamics.io`;
  return JSON.parse(await small.kubectl('get', kind, name, '-n', namespace, '-o', 'json')) as Fields;
}

async function apply(object: unknown, ...more: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const file = join(dir, 'object.json');
  await writeFile(file, JSON.stringify(object));
  return small.kubectlAndWarnings('apply', '-n', namespace, '-f', file, ...more);
}

function patch(version: 'v1' | 'v1alpha1', name: string, spec: object): Promise<string> {
  const kind = `nificlusters.${version}.datadynamics.io`;
  return small.kubectl('patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec }));
}

/** What kubectl says when it is refused. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    return (error as { readonly stderr: string }).stderr;
  }
  throw new assert.AssertionError({ message: 'it was not refused' });
}

async function columns(version: 'v1' | 'v1alpha1', name: string): Promise<readonly string[]> {
  const text = await small.kubectl('get', `nificlusters.${version}.datadynamics.io`, name, '-n', namespace);
  return (text.trim().split('\n')[1] ?? '').split(/\s+/u).slice(0, 5);
}

const v1 = (name: string, spec: object): object => ({
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiCluster',
  metadata: { name },
  spec: { version: '2.6.0', paused: true, ...spec },
});

const isReady = (object: Fields): boolean => at(object, ['status', 'phase']) === 'Running';

describe('A sample', async () => {
  for (const file of (await readdir(samples)).filter((name) => name.startsWith('nificluster'))) {
    test(`${file} becomes Ready, and reads back in both versions`, async () => {
      const text = await readFile(new URL(file, samples), 'utf8');
      const { port } = provider.address() as AddressInfo;
      const reachable = text.replace('https://idp.example.com/', `http://127.0.0.1:${port}/`);
      const documents = parseAllDocuments(reachable).map((document) => document.toJS() as Fields);
      for (const document of documents) await apply(document);
      const written = documents.at(-1) ?? {};
      const name = at(written, ['metadata', 'name']) as string;
      const describeIt = async (): Promise<unknown> => at(await read('v1', name), ['status', 'conditions']);
      await until(`${name} is Ready`, async () => isReady(await read('v1alpha1', name)), {
        timeoutMs: 180_000,
        everyMs: 500,
        describe: describeIt,
      });
      const [inSmall, inV1] = [await read('v1alpha1', name), await read('v1', name)];
      assert.deepEqual(inSmall['spec'], (defaulted(smallNiFiCluster, written) as Fields)['spec']);
      assert.equal(at(inV1, ['spec', 'replicas']), at(written, ['spec', 'replicas']));
      assert.equal(inV1['apiVersion'], 'datadynamics.io/v1');
      assert.deepEqual(await columns('v1', name), await columns('v1alpha1', name));
      await small.kubectl('delete', 'nificluster', name, '-n', namespace);
    });
  }
});

describe('What people type', () => {
  before(() => apply(v1('typed', { replicas: 3, node: { resources: { requests: { cpu: '1', memory: '2Gi' } } } })));

  test('scales in both versions', async () => {
    for (const [version, replicas] of [
      ['v1', 4],
      ['v1alpha1', 5],
    ] as const) {
      const kind = `nificlusters.${version}.datadynamics.io/typed`;
      await small.kubectl('scale', kind, '-n', namespace, `--replicas=${replicas}`);
      assert.equal(at(await read('v1', 'typed'), ['spec', 'replicas']), replicas);
      assert.equal(at(await read('v1alpha1', 'typed'), ['spec', 'replicas']), replicas);
    }
  });

  test('is refused in v1alpha1 for 0 nodes, and for 21', async () => {
    assert.match(await refusal(patch('v1alpha1', 'typed', { replicas: 0 })), /greater than or equal to 1/);
    assert.match(await refusal(patch('v1alpha1', 'typed', { replicas: 21 })), /less than or equal to 20/);
    assert.equal(at(await read('v1', 'typed'), ['spec', 'replicas']), 5);
  });

  test('is warned of where it is unwise, and goes through', async () => {
    const written = await apply(v1('alone', { replicas: 1 }));
    assert.match(written.stderr, /Warning: the cluster has one node/);
    assert.match(written.stderr, /Warning: every node has no request for cpu or memory/);
    assert.match(written.stdout, /created/);
  });

  test('is refused where overrides make together what cannot run, which no rule of the schema sees', async () => {
    const node = { resources: { limits: { cpu: '1', memory: '2Gi' } } };
    const nodeGroups = [{ name: 'heavy', node: { jvm: { heap: '3g' } } }];
    const broken = v1('broken', { replicas: 2, node, nodeGroups, nodes: [{ id: 1, group: 'heavy' }] });
    assert.match(await refusal(apply(broken)), /Node 1: jvm.heap 3g is not below resources.limits.memory 2Gi/);
  });
});

describe('A cluster that v1 knows more of', () => {
  const rich = { nodes: [{ id: 0, node: { jvm: { heap: '900m' } } }], rollout: { maxUnavailable: 2 } };
  const cases: readonly (readonly [string, object, number])[] = [
    ['no', { replicas: 0 }, 0],
    ['25', { replicas: 25 }, 25],
    ['listed', { nodeIds: [0, 2, 5] }, 3],
  ];
  for (const [what, members, replicas] of cases) {
    const name = what === 'listed' ? what : `x-${what}`;
    test(`and that has ${what} nodes is read and patched in v1alpha1, and keeps its members`, async () => {
      await apply(v1(name, { ...rich, ...members }));
      const before = await read('v1', name);
      assert.equal(at(await read('v1alpha1', name), ['spec', 'replicas']), replicas);
      await patch('v1alpha1', name, { config: { maxThreads: 33 } });
      const { spec } = await read('v1', name);
      assert.deepEqual(spec, { ...(before['spec'] as object), maxTimerDrivenThreadCount: 33 });
    });
  }

  test('is not scaled in v1alpha1 when its nodes are listed, and the answer says where', async () => {
    const scaled = small.kubectl(
      'scale',
      'nificlusters.v1alpha1.datadynamics.io/listed',
      '-n',
      namespace,
      '--replicas=2',
    );
    assert.match(await refusal(scaled), /replicas cannot be changed in v1alpha1.*change spec.nodeIds in v1/s);
    assert.deepEqual(at(await read('v1', 'listed'), ['spec', 'nodeIds']), [0, 2, 5]);
  });

  test('is applied by server and by client in v1alpha1, and keeps what only v1 knows', async () => {
    const file = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiCluster', metadata: { name: 'x-25' } };
    const spec = { replicas: 25, version: '2.7.0' };
    await apply({ ...file, spec }, '--server-side', '--field-manager=tool', '--force-conflicts');
    await apply({ ...file, spec: { ...spec, version: '2.7.1' } }, '--server-side', '--field-manager=tool');
    const stored = await read('v1', 'x-25');
    assert.deepEqual([at(stored, ['spec', 'version']), at(stored, ['spec', 'replicas'])], ['2.7.1', 25]);
    assert.deepEqual(at(stored, ['spec', 'rollout', 'maxUnavailable']), 2);
    assert.equal(at(stored, ['metadata', 'annotations', annotations.v1]), undefined);
  });

  test('is not replaced by a file that would forget it', async () => {
    const { status: _, ...object } = await read('v1alpha1', 'listed');
    const metadata = { name: 'listed', namespace };
    const file = join(dir, 'replace.json');
    await writeFile(file, JSON.stringify({ ...object, metadata }));
    assert.match(
      await refusal(small.kubectl('replace', '-f', file)),
      /what only v1 knows of this cluster would be lost/,
    );
    assert.deepEqual(at(await read('v1', 'listed'), ['spec', 'nodeIds']), [0, 2, 5]);
  });

  test('keeps its conditions through a write in v1alpha1, times and all', async () => {
    const before = await until('typed has conditions', async () =>
      at(await read('v1', 'typed'), ['status', 'conditions']),
    );
    await small.kubectl('label', 'nificlusters.v1alpha1.datadynamics.io/typed', '-n', namespace, 'team=a');
    assert.deepEqual(at(await read('v1', 'typed'), ['status', 'conditions']), before);
  });
});

describe('The API server', () => {
  test('stores v1 and nothing else', async () => {
    const crd = await small.lab.client.get(definitionType, { namespace: '', name: 'nificlusters.datadynamics.io' });
    const { status } = crd as unknown as { readonly status: { readonly storedVersions: readonly string[] } };
    assert.deepEqual(status.storedVersions, ['v1']);
  });

  test('reads a list of both kinds of writers in either version', async () => {
    await apply(parse(await readFile(new URL('nificluster-minimal.yaml', samples), 'utf8')));
    for (const version of ['v1', 'v1alpha1']) {
      const text = await small.kubectl('get', `nificlusters.${version}.datadynamics.io`, '-n', namespace, '-o', 'name');
      assert.ok(
        ['small', 'listed', 'x-25'].every((name) => text.includes(`/${name}\n`)),
        text,
      );
    }
  });
});
