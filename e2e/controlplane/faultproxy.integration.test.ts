import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, startControlPlane } from './controlplane.ts';
import { type FaultProxy, type Match, startFaultProxy, startKubeconfigProxy } from './faultproxy.ts';
import { readKubeconfig } from './kubeconfig.ts';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A watch as its client sees it. */
interface Watch {
  readonly lines: string[];
  /** How it ended: `end` in order, or the code of the error. */
  readonly ended: Promise<string>;
  close(): void;
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('the fault proxy', () => {
  let controlPlane: ControlPlane;
  let proxy: FaultProxy;
  let agent: Agent;

  before(async () => {
    controlPlane = await startControlPlane({ controllers: [] });
    proxy = await startFaultProxy({ target: controlPlane.url, caFile: controlPlane.caFile });
    agent = new Agent({ ca: await readFile(proxy.caFile, 'utf8'), keepAlive: true });
  });
  after(async () => {
    agent.destroy();
    await proxy.stop();
    await controlPlane.stop();
  });
  afterEach(() => proxy.faults.clear());

  const headers = (): Record<string, string> => ({ authorization: `Bearer ${controlPlane.adminToken}` });

  async function send(method: string, path: string, body?: object): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const json = { ...headers(), 'content-type': 'application/json' };
      const req = request(`${proxy.url}${path}`, { method, agent, headers: json }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.once('error', reject);
        res.once('end', () =>
          resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString() }),
        );
      });
      req.once('error', reject);
      req.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async function watch(path = `${CONFIG_MAPS}?watch=true`): Promise<Watch> {
    const lines: string[] = [];
    const req = request(`${proxy.url}${path}`, { agent, headers: headers() });
    const started = new Promise<void>((resolve, reject) => {
      req.once('response', () => resolve());
      req.once('error', reject);
    });
    const ended = new Promise<string>((resolve) => {
      req.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      req.once('response', (res) => {
        let rest = '';
        res.on('data', (chunk: Buffer) => {
          const parts = (rest + chunk.toString()).split('\n');
          rest = parts.pop() ?? '';
          lines.push(...parts);
        });
        res.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        res.once('end', () => resolve('end'));
      });
    });
    req.end();
    await started;
    return { lines, ended, close: () => req.destroy() };
  }

  async function create(name: string): Promise<Answer> {
    return await send('POST', CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  }

  async function until(what: string, check: () => boolean): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!check()) {
      assert.ok(performance.now() < deadline, `${what}: not within a minute`);
      await sleep(10);
    }
  }

  const gets: Match = ({ method }) => method === 'GET';
  const about = (name: string) => (line: string) => line.includes(`"name":"${name}"`);

  test('passes requests and answers on unchanged, and lists them', async () => {
    proxy.requests.length = 0;
    const answer = await create('passed');
    assert.equal(answer.status, 201);
    const direct = await send('GET', `${CONFIG_MAPS}/passed`);
    assert.deepEqual(JSON.parse(direct.body), JSON.parse(answer.body));
    assert.deepEqual(
      proxy.requests.map(({ method, path, status, outcome }) => ({ method, path, status, outcome })),
      [
        { method: 'POST', path: CONFIG_MAPS, status: 201, outcome: 'passed' },
        { method: 'GET', path: `${CONFIG_MAPS}/passed`, status: 200, outcome: 'passed' },
      ],
    );
  });

  test('streams a watch event by event while it is open', async () => {
    const open = await watch();
    for (const name of ['streamed-1', 'streamed-2']) {
      await create(name);
      await until('the event', () => open.lines.some(about(name)));
    }
    open.close();
  });

  test('ends a watch at the API server when its client goes', async () => {
    const open = await watch();
    const before = await serverWatches();
    open.close();
    await untilAsync(async () => (await serverWatches()) < before);
  });

  async function serverWatches(): Promise<number> {
    const { body } = await send('GET', '/metrics');
    const [, count = '0'] = /apiserver_longrunning_requests\{[^}]*resource="configmaps"[^}]*\} (\d+)/.exec(body) ?? [];
    return Number(count);
  }

  async function untilAsync(check: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await check())) {
      assert.ok(performance.now() < deadline, 'not within a minute');
      await sleep(100);
    }
  }

  test('cuts a watch by RST, by FIN, or so that nobody hears of it', async () => {
    const reset = await watch();
    proxy.faults.cut();
    assert.equal(await reset.ended, 'ECONNRESET');

    const finished = await watch();
    proxy.faults.cut({ how: 'fin' });
    assert.equal(await finished.ended, 'ECONNRESET', 'a chunked answer that ends early is an error to its reader');

    const silent = await watch();
    proxy.faults.cut({ how: 'silent', match: ({ watch }) => watch });
    await create('unheard');
    const outcome = await Promise.race([silent.ended, sleep(500, 'open')]);
    assert.equal(outcome, 'open');
    assert.equal(silent.lines.some(about('unheard')), false);
    silent.close();
  });

  test('cuts only what matches', async () => {
    const [kept, lost] = [await watch(), await watch('/api/v1/secrets?watch=1')];
    proxy.faults.cut({ match: ({ path }) => path.includes('secrets') });
    assert.equal(await lost.ended, 'ECONNRESET');
    await create('kept');
    await until('the other watch goes on', () => kept.lines.some(about('kept')));
    kept.close();
  });

  test('freezes without closing anything, new connections too, and thaws without loss', async () => {
    const open = await watch();
    await create('before-the-frost');
    await until('the event', () => open.lines.some(about('before-the-frost')));
    proxy.faults.freeze();
    const writing = create('in-the-frost');
    const ca = await readFile(proxy.caFile, 'utf8');
    const connecting = request(`${proxy.url}/readyz`, { agent: false, ca });
    const secured = new Promise<string>((resolve) => {
      connecting.once('error', (error) => resolve(String(error)));
      connecting.once('response', (res) => {
        res.resume();
        resolve('answered');
      });
    });
    connecting.end();
    assert.equal(await Promise.race([writing, secured, open.ended, sleep(500, 'silence')]), 'silence');
    proxy.faults.thaw();
    assert.equal((await writing).status, 201);
    assert.equal(await secured, 'answered');
    await until('the event', () => open.lines.some(about('in-the-frost')));
    open.close();
  });

  test('delays requests and the events of watches, in order', async () => {
    const open = await watch();
    // Far more than two writes take on a machine that has other things to do as well.
    const delayMs = 3_000;
    proxy.faults.delay(delayMs, ({ method, watch }) => watch || method === 'GET');
    const started = performance.now();
    await create('late-1');
    await create('late-2');
    assert.ok(performance.now() - started < delayMs, 'writes are not delayed');
    assert.equal(open.lines.some(about('late-1')), false);
    await until('both events', () => open.lines.some(about('late-2')));
    assert.ok(performance.now() - started >= delayMs);
    assert.ok(open.lines.findIndex(about('late-1')) < open.lines.findIndex(about('late-2')));
    const asked = performance.now();
    await send('GET', '/readyz');
    assert.ok(performance.now() - asked >= delayMs - 5);
    open.close();
  });

  test('answers 410, 429 and 500 in place of the server, as often as told', async () => {
    proxy.faults.answer(410, undefined, undefined, gets, 1);
    const gone = await send('GET', CONFIG_MAPS);
    assert.equal(gone.status, 410);
    assert.equal((JSON.parse(gone.body) as { reason: string }).reason, 'Expired');
    assert.equal((await send('GET', CONFIG_MAPS)).status, 200);

    proxy.faults.answer(429);
    const busy = await create('never');
    assert.equal(busy.status, 429);
    assert.equal(busy.headers['retry-after'], '1');
    proxy.faults.clear();
    proxy.faults.answer(500, 'no JSON at all', { 'content-type': 'text/plain' }, gets);
    assert.deepEqual(await send('GET', `${CONFIG_MAPS}/never`).then(({ status, body }) => ({ status, body })), {
      status: 500,
      body: 'no JSON at all',
    });
    proxy.faults.clear();
    assert.equal((await send('GET', `${CONFIG_MAPS}/never`)).status, 404, 'the 429 kept the write from the server');
  });

  test('loses an answer although the write was done', async () => {
    proxy.faults.loseAnswer(({ method }) => method === 'POST');
    await assert.rejects(create('lost'), /socket hang up|ECONNRESET/);
    assert.equal((await send('GET', `${CONFIG_MAPS}/lost`)).status, 200);
    assert.equal(proxy.requests.findLast(({ method }) => method === 'POST')?.outcome, 'lost');
  });

  test('puts an ERROR event into a watch between two events, and ends it', async () => {
    const open = await watch();
    await until('the first events', () => open.lines.length > 0);
    assert.equal(proxy.faults.injectWatchError(410), 1);
    assert.equal(await open.ended, 'end');
    const last = JSON.parse(open.lines.at(-1) ?? '') as { type: string; object: { code: number; reason: string } };
    assert.equal(last.type, 'ERROR');
    assert.deepEqual([last.object.code, last.object.reason], [410, 'Expired']);
  });

  test('puts any event into a watch, which then goes on', async () => {
    const open = await watch();
    const bookmark = { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: '7' } } };
    assert.equal(proxy.faults.injectEvent(bookmark), 1);
    await create('after-the-bookmark');
    await until('the next event', () => open.lines.some(about('after-the-bookmark')));
    assert.ok(open.lines.includes(JSON.stringify(bookmark)));
    open.close();
  });

  test('gives an older list again', async () => {
    const lists: Match = ({ method, path }) => method === 'GET' && path === CONFIG_MAPS;
    const recording = proxy.faults.record(lists);
    const old = await send('GET', CONFIG_MAPS);
    await create('newer');
    proxy.faults.replay(await recording, lists, 1);
    assert.equal((await send('GET', CONFIG_MAPS)).body, old.body);
    assert.match((await send('GET', CONFIG_MAPS)).body, /"newer"/);
  });

  test('tells of each request before the server and of each answer before the client hears it', async () => {
    const told: string[] = [];
    const hooked = await startFaultProxy({
      target: controlPlane.url,
      caFile: controlPlane.caFile,
      onRequest: ({ method }) => void told.push(`asked ${method}`),
      onAnswer: async (_, status) => {
        await sleep(50);
        told.push(`answered ${status}`);
      },
    });
    const ca = await readFile(hooked.caFile, 'utf8');
    const status = await new Promise((resolve, reject) => {
      request(`${hooked.url}/readyz`, { ca, agent: false }, (res) => {
        told.push('heard');
        res.resume();
        resolve(res.statusCode);
      })
        .once('error', reject)
        .end();
    });
    assert.equal(status, 200);
    assert.deepEqual(told, ['asked GET', 'answered 200', 'heard']);
    await hooked.stop();
  });

  test('carries the user of a kubeconfig, also one with a client certificate', async () => {
    const user = await controlPlane.userKubeconfig({ name: 'somebody', groups: ['system:masters'] });
    const through = await startKubeconfigProxy(user);
    const { caPem, url } = await readKubeconfig(through.kubeconfig);
    assert.equal(url, through.url);
    const body = await new Promise<string>((resolve, reject) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const options = { ca: caPem, agent: false, method: 'POST', headers: { 'content-type': 'application/json' } };
      request(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, options, (res) => {
        let text = '';
        res.on('data', (chunk: Buffer) => (text += chunk.toString()));
        res.once('end', () => resolve(text));
      })
        .once('error', reject)
        .end(JSON.stringify(review));
    });
    assert.match(body, /"username":"somebody"/);
    await through.stop();
  });

  test('breaks the connection when the API server is gone', async () => {
    const open = await watch();
    await controlPlane.restartApiServer({ graceMs: 0 });
    assert.equal(await open.ended, 'ECONNRESET');
    assert.equal((await send('GET', '/readyz')).status, 200);
  });
});
