// Every CEL rule of the three kinds for dataflows on a real API server: what it lets in, and the words it refuses with.
// The last test of a kind fails when one of its rules was refused by no case here, so a new rule needs a new case.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rootSchema } from '../../pkg/schema/kind.ts';
import { walk } from '../../pkg/schema/lint.ts';
import { type Admission, type Spec, startAdmission } from './admission.fixture.ts';
import { kindCases } from './dataflows.rules.cases.ts';

let admission: Admission;

before(async () => {
  admission = await startAdmission(kindCases.map(({ kind }) => kind));
});
after(async () => {
  await admission.stop();
});

for (const { kind, least, cases } of kindCases) {
  const refusals: string[] = [];

  describe(kind.kind, () => {
    for (const [index, { what, from, good, bad, says }] of cases.entries()) {
      test(what, async () => {
        const of = admission.of(kind);
        const name = from === undefined ? 'thing' : `thing-${index}`;
        if (from !== undefined)
          assert.equal((await of.create(name, { ...least, ...from }, { keep: true })).accepted, true);
        const ask = (spec: Spec) =>
          from === undefined
            ? of.create(name, { ...least, ...spec })
            : of.replace(name, { ...least, ...from, ...spec });
        assert.deepEqual(await words(ask(good)), 'accepted');
        const refused = await words(ask(bad));
        refusals.push(refused);
        assert.ok(refused.includes(says), refused);
      });
    }

    test('has no rule without a case that it refuses', () => {
      const rules = [...walk(rootSchema(kind), '')].flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? []);
      const messages = [...new Set(rules.map(({ message = '' }) => message))];
      assert.deepEqual(
        messages.filter((message) => !refusals.some((refusal) => refusal.includes(message))),
        [],
      );
    });
  });
}

async function words(verdict: ReturnType<Admission['create']>): Promise<string> {
  const answer = await verdict;
  return answer.accepted ? 'accepted' : answer.message;
}
