// Bad input for the dataflow kinds on a running cluster: each is told with the field and the mend, touches no other object, and converges
// by itself when a person mends it; nothing is restarted and nothing acknowledged.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientCases, contextCases } from './bad-input.cases.ts';
import { BadInputStage } from './bad-input.fixture.ts';
import { flowCases } from './bad-input-flows.cases.ts';

describe('bad input for the dataflow kinds', { concurrency: 6 }, () => {
  let stage: BadInputStage;

  before(async () => {
    stage = await BadInputStage.start();
  });
  after(() => stage.stop());

  for (const [index, each] of [...clientCases, ...contextCases, ...flowCases].entries()) {
    test(each.what, async () => {
      const name = `bad-${index}`;
      const hands = stage.hands(each.kind, name);
      await each.before?.(hands);
      const others = await stage.versions();
      await stage.create(each.kind, name, each.spec);
      assert.match(await stage.told(each.kind, name, each.reason), each.says);
      await stage.create(each.kind, `${name}-beside`, stage.goodSpec(each.kind));
      await stage.told(each.kind, `${name}-beside`, 'Ready');
      assert.deepEqual(await stage.versions(), others, 'nothing is written about what is well');
      await each.mend(hands);
      await stage.told(each.kind, name, 'Ready');
    });
  }
});
