// The demo as people start it: a process that comes to its end by itself, by a signal or by its death, and leaves nothing behind.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../lab/until.ts';
import { nothingIsLeft, startDemo } from './demo.fixture.ts';

function sample(name: string, spec: string): string {
  return `apiVersion: datadynamics.io/v1\nkind: NiFiCluster\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}

const three = sample('prod', 'version: 2.6.0, replicas: 3');

describe('the demo', { concurrency: false, timeout: 900_000 }, () => {
  test('once ends with 0 when everything is Ready, and leaves nothing behind', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, ['--once']);
    assert.equal(await demo.exit(), 0, demo.text());
    assert.match(demo.text(), /prod: Running, Ready=True \(Ready\), 3\/3 nodes/u);
    await nothingIsLeft(demo);
  });

  test('a sample that the API server refuses ends it with the reason', async (context) => {
    const demo = await startDemo(context, { 'broken.yaml': sample('broken', 'version: two, replicas: 1') }, ['--once']);
    assert.equal(await demo.exit(), 1, demo.text());
    assert.match(demo.text(), /broken\.yaml: NiFiCluster broken is refused: .*spec\.version/su);
    await nothingIsLeft(demo);
  });

  test('a cluster that is not Ready in time ends it with the condition and the end of the log', async (context) => {
    const configFrom = 'configFrom: [{ file: nifi.properties, configMapRef: { name: nowhere } }]';
    const stuck = sample('stuck', `version: 2.6.0, replicas: 1, node: { ${configFrom} }`);
    const demo = await startDemo(context, { 'stuck.yaml': stuck }, ['--once', '--timeout', '30']);
    assert.equal(await demo.exit(), 1, demo.text());
    assert.match(demo.text(), /stuck is not Ready:\n.*nowhere/su);
    assert.match(demo.text(), /The last lines of the operator:\n.*Started/su);
    await nothingIsLeft(demo);
  });

  test('it stays when all is Ready, and a signal ends it in order', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, []);
    await until('the demo tells what to try', () => demo.text().includes('To try in another terminal'), {
      timeoutMs: 600_000,
      describe: () => demo.text(),
    });
    demo.child.kill('SIGTERM');
    assert.equal(await demo.exit(), 0, demo.text());
    await nothingIsLeft(demo);
  });

  test('nothing outlives a demo that is killed', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, []);
    await until('the operator runs', () => demo.text().includes('The operator runs'), {
      timeoutMs: 600_000,
      describe: () => demo.text(),
    });
    demo.child.kill('SIGKILL');
    assert.equal(await demo.exit(), 'SIGKILL');
    await nothingIsLeft(demo);
  });
});
