// Replays a recorded NiFi 2.11.0 against the stand-in, where the record lies beside the checkout; without it the tests are skipped
// and say so. The files of one recorded cluster are replayed one after the other on one played cluster, as they were made.

import { after, before, describe, test } from 'node:test';
import { answer } from '../../registry/api.ts';
import { PlayedRegistry } from '../../registry/server.ts';
import { type NiFiWorld } from '../world.ts';
import { Names } from './compare.ts';
import { authorizersText } from './files.ts';
import { clusterKey, eventually, Fixture, hostOf, type NodeOptions, type StartedNode } from './fixture.ts';
import { allowRoot, fill, fillQueue, setRevision, uploaded } from './recorder.ts';
import { Replayer, type ReplayResult } from './replayer.ts';
import { hasTranscripts, readTranscript } from './transcripts.ts';

const skip = hasTranscripts() ? false : 'no recorded transcripts beside the checkout';
const unhurried = { joinMs: 150, reconnectMs: 150, offloadMs: 150, shutdownNoticeMs: 100, giveUpMs: 900 };
const nodeOptions: NodeOptions = {
  candidates: 3,
  files: { 'authorizers.xml': authorizersText(['CN=nifi-1', 'CN=nifi-2', 'CN=nifi-3', 'CN=nifi-4']) },
};
const alias = 'nifi.example';
const totals: ReplayResult[] = [];

describe('The stand-in answers as a recorded NiFi 2.11.0', { skip }, () => {
  after(() => {
    const sum = (pick: (result: ReplayResult) => number) => totals.reduce((all, result) => all + pick(result), 0);
    process.stdout.write(
      `# ${sum((result) => result.replayed)} of ${sum((result) => result.recorded)} recorded calls replayed\n`,
    );
  });

  describe('of one cluster, from its first answers to its dead nodes', () => {
    let fixture: Fixture;
    let nodes: StartedNode[];
    let registry: PlayedRegistry;
    let replayer: Replayer;
    before(async () => {
      fixture = await Fixture.open({ timing: unhurried });
      nodes = await start(fixture);
      registry = await PlayedRegistry.start();
      const { url, store } = registry;
      replayer = new Replayer({
        fixture,
        nodes,
        nodeOptions,
        names: new Names(),
        act,
        dress: uploaded,
        rewrite: (text) => text.replaceAll('http://127.0.0.1:18080', url),
        registry: ({ method, path, request }) =>
          answer(store, { method, path: path.replace('/nifi-registry-api', ''), body: request }),
        answered: (call) => {
          // It was still busy when its group was disabled: NiFi left it out.
          if (call.note === 'ENABLED') setRevision(fixture, 'upd', 3);
          if (call.note.startsWith('start one') || call.note.startsWith('start so that')) fill(fixture);
        },
      });
      replayer.appoint('127.0.0.3');
    });
    after(async () => {
      await registry.stop();
      await fixture.close();
    });

    test('what the first administrator may see', () => replay(replayer, '01-about-auth-cluster'));
    test('users, groups and policies', () => replay(replayer, '02-tenants-policies'));
    test('process groups', () => replay(replayer, '03-process-groups'));
    test('parameter contexts', () => replay(replayer, '05-parameter-contexts'));
    test('controller services', () => replay(replayer, '06-controller-services'));
    test('registry clients', () => replay(replayer, '07-registry-clients'));
    test('flow definitions', () => replay(replayer, '08-upload-replace-delete'));
    test('a flow under version control', () => replay(replayer, '13-versioned-flow'));
    test('the life of a node, to its removal', () => {
      fill(fixture);
      return replay(replayer, '04-cluster-node-lifecycle');
    });
    test('the system', () => replay(replayer, '09-prometheus-system'));
    test('a node that comes back, is offloaded, reconnected and stopped', () => {
      setRevision(fixture, 'gen', 13);
      return replay(replayer, '10-node-failures-reconnect');
    });
    test('a dead node and its ghost', async () => {
      // The recorder came back a minute later: by then the cluster had given the stopped node up.
      await eventually(
        () => stateOf(fixture.world, 2) === 'DISCONNECTED' && givenUp(fixture.world),
        'the stopped node is given up',
      );
      await replay(replayer, '11-node-failures-2');
    });
    test('killed nodes, the coordinator too', () => replay(replayer, '12-node-kill'));
  });

  test('an offload that the certificate makes impossible', async () => {
    const fixture = await Fixture.open({ timing: { ...unhurried, disconnectNoticeMs: 400 } });
    try {
      // The recorded certificates carry what clients ask for, but not the nodes' addresses as DNS names.
      const nodes = await start(fixture, [alias]);
      const replayer = new Replayer({
        fixture,
        nodes,
        nodeOptions,
        names: new Names(),
        dress: () => ({ host: alias }),
      });
      replayer.appoint('127.0.0.2');
      fillQueue(fixture, replayer, {
        queue: 'fd8cad7f-01a1-1000-0000-0000500b5995',
        source: 'fd8caa16-01a1-1000-ffff-ffffa896ab6a',
        destination: 'fd8cabf3-01a1-1000-0000-00001939a9f0',
      });
      await allowRoot(fixture, alias);
      await replay(replayer, '04b-offload-stuck-without-dns-san');
    } finally {
      await fixture.close();
    }
  });

  test('revisions', async () => {
    const fixture = await Fixture.open({ timing: unhurried });
    try {
      const nodes = await start(fixture);
      const names = new Names();
      const root = await allowRoot(fixture);
      const lines = readTranscript('14-revision-semantics');
      const created = lines.find((line) => line.kind === 'call');
      names.learn(/process-groups\/([^/]+)/.exec(created?.path ?? '')?.[1] ?? '', root);
      const replayer = new Replayer({ fixture, nodes, nodeOptions, names, dress: (call) => proxied(call.note) });
      replayer.appoint('127.0.0.3');
      await replay(replayer, '14-revision-semantics');
    } finally {
      await fixture.close();
    }
  });

  test('a coordinator that is disconnected, and a decommission', async () => {
    const fixture = await Fixture.open({ timing: { ...unhurried, handoverMs: 200 } });
    try {
      const nodes = await start(fixture);
      const replayer = new Replayer({ fixture, nodes, nodeOptions, names: new Names(), act });
      replayer.appoint('127.0.0.3');
      // The same cluster as the one before: it is there that the record shows all its nodes.
      replayer.learnNodes(readTranscript('14-revision-semantics'));
      await replay(replayer, '15-coordinator-disconnect-decommission');
    } finally {
      await fixture.close();
    }
  });

  test('one node alone, with a password', async () => {
    const fixture = await Fixture.open({ timing: unhurried });
    try {
      const node = await fixture.start(0, aloneOptions);
      await eventually(
        async () => (await fixture.health(node)) === 'Cluster Status: NOT_CLUSTERED\n',
        'the node is up',
      );
      const session = new Session();
      const replayer = new Replayer({
        fixture,
        nodes: [node],
        nodeOptions: aloneOptions,
        names: new Names(),
        dress: (call) => session.dress(call.note),
        answered: (call, answer) => session.keep(call.note, answer.text),
      });
      await replay(replayer, '00-single-user-node');
    } finally {
      await fixture.close();
    }
  });
});

const aloneOptions: NodeOptions = {
  properties: {
    'nifi.cluster.is.node': 'false',
    'nifi.security.user.authorizer': 'single-user-authorizer',
    'nifi.security.user.login.identity.provider': 'single-user-provider',
  },
  files: {
    'login-identity-providers.xml': `<loginIdentityProviders><provider><identifier>single-user-provider</identifier>
<class>org.apache.nifi.authentication.single.user.SingleUserLoginIdentityProvider</class>
<property name="Username">admin</property><property name="Password">adminadminadmin</property></provider></loginIdentityProviders>`,
  },
};

/** What the recorder's browser would keep between calls. */
class Session {
  private token = '';

  keep(note: string, text: string): void {
    if (note === 'good') this.token = text;
  }

  dress(note: string): { readonly headers?: Record<string, string>; readonly host?: string } {
    const bearer = { authorization: `Bearer ${this.token}` };
    if (note === 'bad token') return { headers: { authorization: 'Bearer nonsense' } };
    if (note.startsWith('Host header')) return { headers: { ...bearer, host: 'evil.example:8443' } };
    if (note.startsWith('cookie')) return { headers: { cookie: `__Secure-Authorization-Bearer=${this.token}` } };
    return note.startsWith('bearer') || note.endsWith('logout') ? { headers: bearer } : {};
  }
}

async function start(fixture: Fixture, dnsNames?: readonly string[]): Promise<StartedNode[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map((index) =>
      fixture.start(index, { ...nodeOptions, commonName: `nifi-${index + 1}`, ...(dnsNames ? { dnsNames } : {}) }),
    ),
  );
  for (const node of nodes) await fixture.healthy(node);
  return nodes;
}

async function replay(replayer: Replayer, file: string): Promise<void> {
  const result = await replayer.replay(readTranscript(file));
  totals.push(result);
  process.stdout.write(`# ${file}: ${result.replayed} of ${result.recorded} calls\n`);
}

/** `nifi.sh` starts a Java process first: the record sees the node CONNECTED for a while. */
const commandStartMs = 200;

/** What the recorder did at the events of the record. */
async function act(event: string, replayer: Replayer): Promise<void> {
  const killed = /kill -9 (?:coordinator )?(127\.0\.0\.\d)/.exec(event)?.[1];
  if (killed !== undefined) replayer.killNode(killed);
  else if (event.startsWith('A SIGTERM')) await replayer.stopNode('127.0.0.4');
  else if (event.startsWith('C OFFLOADED->CONNECTED')) void replayer.stopNode('127.0.0.4');
  else if (event.startsWith('coordinator disconnected and replaced')) replayer.appoint('127.0.0.4');
  else if (event.startsWith('decommission ')) setTimeout(() => replayer.decommission('127.0.0.3'), commandStartMs);
}

function proxied(note: string): { readonly headers?: Record<string, string> } {
  if (note.startsWith('admin proxies')) return { headers: { 'x-proxiedentitieschain': '<CN=operator>' } };
  return note.startsWith('node cert proxies') ? { headers: { 'x-proxiedentitieschain': '<CN=admin>' } } : {};
}

function stateOf(world: NiFiWorld, index: number): string | undefined {
  return world
    .cluster(clusterKey)
    .table.all()
    .find((entry) => entry.address === hostOf(index))?.state;
}

function givenUp(world: NiFiWorld): boolean {
  const { table } = world.cluster(clusterKey);
  const entry = table.all().find((candidate) => candidate.address === hostOf(2));
  return entry !== undefined && (table.eventsOf(entry.nodeId)[0]?.message.includes('could not communicate') ?? false);
}
