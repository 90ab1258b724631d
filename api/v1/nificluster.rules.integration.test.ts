// Every CEL rule of NiFiCluster on a real API server: one spec that it lets in and one that it refuses, with the words it refuses it by.
// The last test fails when a rule of the schema was refused by no case here, so a new rule needs a new case.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rootSchema } from '../../pkg/schema/kind.ts';
import { walk } from '../../pkg/schema/lint.ts';
import { type Admission, type Spec, startAdmission } from './admission.fixture.ts';
import { clusterCases } from './nificluster.rules.cases.ts';
import { nodeCases } from './nificluster.rules.node.cases.ts';
import { updateCases } from './nificluster.rules.update.cases.ts';
import { nifiCluster } from './nificluster.schema.ts';

const refusals: string[] = [];
let admission: Admission;

before(async () => {
  admission = await startAdmission();
});
after(async () => {
  await admission.stop();
});

function full(spec: Spec): Spec {
  return { version: '2.6.0', ...('nodeIds' in spec || 'replicas' in spec ? {} : { replicas: 3 }), ...spec };
}

describe('At creation', () => {
  for (const { what, good, bad, says, name = 'prod' } of [...clusterCases, ...nodeCases]) {
    test(what, async () => {
      assert.deepEqual(await words(admission.create('prod', full(good))), 'accepted');
      const refused = await words(admission.create(name, full(bad)));
      refusals.push(refused);
      assert.ok(refused.includes(says), refused);
    });
  }
});

describe('At a change', () => {
  for (const [index, { what, from, good, bad, says }] of updateCases.entries()) {
    test(what, async () => {
      const name = `changing-${index}x`;
      assert.deepEqual(await words(admission.create(name, full(from), { keep: true })), 'accepted');
      assert.deepEqual(await words(admission.replace(name, full(good))), 'accepted');
      for (const wrong of bad) {
        const refused = await words(admission.replace(name, full(wrong)));
        refusals.push(refused);
        assert.ok(refused.includes(says), refused);
      }
    });
  }
});

test('No rule is without a case that it refuses', () => {
  const rules = [...walk(rootSchema(nifiCluster), '')].flatMap(
    ([, schema]) => schema['x-kubernetes-validations'] ?? [],
  );
  const messages = rules.map(({ message = '', messageExpression }) =>
    messageExpression ? (messageExpression.split("'")[1] ?? '') : message,
  );
  const untested = [...new Set(messages)].filter((message) => !refusals.some((refusal) => refusal.includes(message)));
  assert.deepEqual(untested, []);
});

async function words(verdict: ReturnType<Admission['create']>): Promise<string> {
  const answer = await verdict;
  return answer.accepted ? 'accepted' : answer.message;
}
