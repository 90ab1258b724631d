// What a person may ask for by annotations: what is understood, and what is told about the rest.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../api/v1/labels.ts';
import { aCluster } from './testing.ts';
import { wishesOf } from './wishes.ts';

const none = { restartRequestedAtMs: undefined, rebuild: [], abandon: [], allowDowngradeTo: undefined };

describe('The wishes of a cluster', () => {
  test('are none without annotations, and foreign ones are nobody’s business', () => {
    assert.deepEqual(wishesOf(), { wishes: none, findings: [] });
    assert.deepEqual(wishesOf({ 'example.com/rebuild': '!' }), { wishes: none, findings: [] });
  });

  test('are read from the annotations of the object', () => {
    const annotated = aCluster().annotated({
      [annotations.restartRequestedAt]: '2026-11-21T12:00:00Z',
      [annotations.rebuild]: '0/8c1f6f2e-9f4b-4f1c-8f3e-0e6c2c1d9a77, 12/b',
      [annotations.abandon]: '3/c',
      [annotations.allowDowngrade]: '2.5.0',
    });
    assert.deepEqual(annotated.resolved().wishes, {
      restartRequestedAtMs: 1_795_262_400_000,
      rebuild: [
        { id: 0, claimUid: '8c1f6f2e-9f4b-4f1c-8f3e-0e6c2c1d9a77' },
        { id: 12, claimUid: 'b' },
      ],
      abandon: [{ id: 3, claimUid: 'c' }],
      allowDowngradeTo: '2.5.0',
    });
  });

  test('change no node: an annotation alone makes nothing outdated', () => {
    const annotated = aCluster().annotated({ [annotations.restartRequestedAt]: '2026-11-21T12:00:00Z' });
    assert.deepEqual(annotated.resolved().nodes, aCluster().resolved().nodes);
  });
});

describe('A requested restart', () => {
  const at = (text: string) => wishesOf({ [annotations.restartRequestedAt]: text });

  const times: readonly [string, number][] = [
    ['2026-11-21T12:00:00Z', 1_795_262_400_000],
    ['2026-11-21t12:00:00.250z', 1_795_262_400_250],
    ['2026-11-21T13:00:00+01:00', 1_795_262_400_000],
    [' 2026-11-21T12:00:00Z ', 1_795_262_400_000],
    ['2999-01-01T00:00:00Z', 32_472_144_000_000],
  ];
  for (const [text, ms] of times) {
    test(`at ${text} is kept as that moment, past or future`, () => {
      assert.deepEqual(at(text), { wishes: { ...none, restartRequestedAtMs: ms }, findings: [] });
    });
  }

  const bad = ['', 'now', '2026-11-21', '2026-11-21T12:00:00', '2026-11-21T25:00:00Z', '1795262400'];
  for (const text of bad) {
    test(`at ${JSON.stringify(text)} is told with the annotation, the text and the mend, and nothing else`, () => {
      const { wishes, findings } = at(text);
      assert.deepEqual(wishes, none);
      assert.deepEqual(findings, [
        {
          reason: 'InvalidAnnotation',
          message: `Annotation nifi.datadynamics.io/restart-requested-at cannot be understood: ${JSON.stringify(text)}: give a time such as 2026-11-21T15:04:05Z (RFC 3339), or take it off`,
          effect: 'notes',
        },
      ]);
    });
  }
});

describe('A wish about the data of a node', () => {
  for (const annotation of [annotations.rebuild, annotations.abandon] as const) {
    test(`in ${annotation} counts although the one beside it is told`, () => {
      const { wishes, findings } = wishesOf({ [annotation]: '1/a,two/b,,1000/c,01/d,2/ok,3/with space' });
      const found = annotation === annotations.rebuild ? wishes.rebuild : wishes.abandon;
      assert.deepEqual(found, [
        { id: 1, claimUid: 'a' },
        { id: 2, claimUid: 'ok' },
      ]);
      assert.deepEqual(
        findings.map(({ message }) => /"(.*)"/u.exec(message)?.[1]),
        ['two/b', '', '1000/c', '01/d', '3/with space'],
      );
      for (const { reason, message } of findings) {
        assert.equal(reason, 'InvalidAnnotation');
        assert.match(message, new RegExp(`Annotation ${annotation} .*give <id>/<uid of the claim>`));
      }
    });
  }

  test('that is much too long is not repeated whole', () => {
    const [finding] = wishesOf({ [annotations.abandon]: 'x'.repeat(5000) }).findings;
    assert.ok((finding?.message.length ?? 0) < 300);
  });
});

describe('An allowed downgrade', () => {
  test('names a version, with what a vendor adds', () => {
    assert.equal(
      wishesOf({ [annotations.allowDowngrade]: '2.5.0-vendor.1' }).wishes.allowDowngradeTo,
      '2.5.0-vendor.1',
    );
  });

  for (const text of ['', 'true', '2.5', '>=2.5.0']) {
    test(`${JSON.stringify(text)} is told and allows nothing`, () => {
      const { wishes, findings } = wishesOf({ [annotations.allowDowngrade]: text });
      assert.deepEqual([wishes, findings.map(({ reason }) => reason)], [none, ['InvalidAnnotation']]);
      assert.match(findings[0]?.message ?? '', /allow-downgrade .*give the version that spec\.version has/);
    });
  }
});
