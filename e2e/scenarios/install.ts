// A user follows the README: what stands there between "Install" and the next heading is run as it stands, and nothing else.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pods } from '../../pkg/kube/resources.ts';
import { commandsUnder } from './lib/commands.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { scenario } from './lib/stage.ts';
import { standingCluster } from './lib/standing.ts';

export const install = scenario(
  'the README’s own commands lead to a Ready cluster of three nodes',
  'first',
  async (stage) => {
    const readme = await readFile(join(stage.source, 'README.md'), 'utf8');
    const cluster = standingCluster(stage);
    stage.expectStarts(3);
    const started = performance.now();
    for (const command of commandsUnder(readme, 'Install')) await stage.shell(command, { timeoutMs: 300_000 });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    stage.onProgress(`from the first command to a Ready cluster: ${seconds} s`);
    await cluster.settled();
    assert.deepEqual(await cluster.nodes(), [0, 1, 2]);
    const { items: operators } = await stage.client.list(pods, { namespace: OPERATOR_NAMESPACE });
    for (const { spec } of operators) {
      const [container] = spec?.containers ?? [];
      assert.equal(container?.securityContext?.readOnlyRootFilesystem, true);
    }
  },
);
