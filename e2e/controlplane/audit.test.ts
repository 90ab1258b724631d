import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAudit, readAudit, settleAudit, WRITE_VERBS } from './audit.ts';

interface Line {
  readonly stage?: string;
  readonly verb?: string;
  readonly user?: string;
  readonly userAgent?: string;
  readonly resource?: string;
  readonly at?: string;
}

function line({ stage, verb, user, userAgent, resource, at }: Line): string {
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: '1',
    stage: stage ?? 'ResponseComplete',
    requestURI: '/api/v1/namespaces/a/pods',
    verb: verb ?? 'create',
    user: { username: user ?? 'operator', groups: ['system:authenticated'] },
    userAgent: userAgent ?? 'nifi-operator/1',
    objectRef: { resource: resource ?? 'pods', namespace: 'a', name: 'p', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    requestReceivedTimestamp: at ?? '2026-01-01T00:00:00.000000Z',
    stageTimestamp: '2026-01-01T00:00:00.100000Z',
  };
  return `${JSON.stringify(event)}\n`;
}

async function withLog(text: string, use: (file: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'audit-'));
  try {
    await writeFile(join(dir, 'audit.jsonl'), text);
    await use(join(dir, 'audit.jsonl'));
  } finally {
    await rm(dir, { recursive: true });
  }
}

describe('the audit log', () => {
  test('gives what a request was about, by whom, and how it was answered', () => {
    const [entry] = parseAudit(line({}));
    assert.equal(entry?.verb, 'create');
    assert.equal(entry?.user, 'operator');
    assert.deepEqual(
      { ...entry?.objectRef, apiVersion: undefined },
      {
        apiGroup: '',
        resource: 'pods',
        subresource: '',
        namespace: 'a',
        name: 'p',
        apiVersion: undefined,
      },
    );
    assert.equal(entry?.code, 201);
  });

  test('leaves out a last line that is still being written', () => {
    assert.equal(parseAudit(line({}) + line({}).slice(0, 40)).length, 1);
  });

  test('is refused when a whole line is no event, naming the line', () => {
    assert.throws(() => parseAudit(`${line({})}oops\n`), /line 2 .* not JSON/);
    assert.throws(() => parseAudit('{"kind":"Pod"}\n'), /line 1 .* is a Pod/);
  });

  test('is filtered by user, agent, verb, resource and time', async () => {
    const text = [
      line({ user: 'admin' }),
      line({ userAgent: 'kubectl/v1' }),
      line({ verb: 'get' }),
      line({ resource: 'secrets' }),
      line({ at: '2025-12-31T00:00:00Z' }),
      line({ verb: 'patch' }),
    ].join('');
    await withLog(text, async (file) => {
      const found = await readAudit(file, {
        user: 'operator',
        userAgent: 'nifi-operator',
        verbs: WRITE_VERBS,
        resource: 'pods',
        since: new Date('2026-01-01T00:00:00Z'),
        until: new Date('2026-01-02T00:00:00Z'),
      });
      assert.deepEqual(
        found.map(({ verb }) => verb),
        ['patch'],
      );
    });
  });

  test('lists a watch once, and an open one only when asked to', async () => {
    const text = line({ stage: 'ResponseStarted', verb: 'watch' }) + line({ verb: 'watch' });
    await withLog(text, async (file) => {
      assert.equal((await readAudit(file)).length, 1);
      assert.equal((await readAudit(file, { openWatches: true })).length, 2);
    });
  });

  test('counts as settled after a while when others write into it without a pause', async () => {
    await withLog('', async (file) => {
      const others = setInterval(() => appendFileSync(file, line({})), 5);
      await settleAudit(file, 50, 300);
      clearInterval(others);
      assert.ok((await readAudit(file)).length > 0);
    });
  });

  test('has settled only when it has stopped growing', async () => {
    await withLog('', async (file) => {
      // At once: on a busy machine both times may be over when the loop comes round.
      const late = setTimeout(() => appendFileSync(file, line({})), 30);
      await settleAudit(file, 100);
      clearTimeout(late);
      assert.equal((await readAudit(file)).length, 1);
    });
  });
});
