import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AuditTail, doneIn } from './audit-tail.ts';

function line(verb: string, resource: string, name: string, code: number, more: object = {}): string {
  const objectRef = { resource, name, namespace: 'data', ...more };
  const times = { requestReceivedTimestamp: '', stageTimestamp: '' };
  const event = { kind: 'Event', stage: 'ResponseComplete', auditID: 'a', verb, requestURI: '/', ...times };
  return `${JSON.stringify({ ...event, userAgent: 'nifi-operator/1', objectRef, responseStatus: { code } })}\n`;
}

describe('The tail of an audit log', () => {
  test('what was carried out is counted as the log grows, without events, status and other namespaces', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'audit-'));
    const file = join(dir, 'audit.log');
    try {
      const half = line('patch', 'configmaps', 'a-0', 200);
      await writeFile(file, line('create', 'pods', 'a-0', 201) + line('patch', 'roles', 'a', 201) + half.slice(0, 20));
      const tail = new AuditTail(file);
      const first = await tail.tally('data', (name) => name);
      assert.deepEqual(first.done, { 'create pods/a-0': 1, 'create roles/a': 1 });
      const rest = [
        half.slice(20),
        line('create', 'events', 'e', 201),
        line('patch', 'nificlusters', 'a', 200, { subresource: 'status' }),
        line('create', 'pods', 'b-0', 201, { namespace: 'other' }),
        line('create', 'secrets', 'refused', 409),
        line('create', 'secrets', 'cut', 500),
      ];
      await appendFile(file, rest.join(''));
      const { done, brokenOff } = await tail.tally('data', (name) => name.replace('a-0', 'node'));
      assert.deepEqual(done, { 'create pods/node': 1, 'create roles/a': 1, 'patch configmaps/node': 1 });
      assert.deepEqual(brokenOff, { 'secrets/cut': 1 });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('a creation that was broken off stands for one that is missing, and for none that was counted', () => {
    const reference = { 'create roles/a': 1, 'create pods/a-0': 1, 'create pods/a-1': 2, 'create secrets/a': 1 };
    const done = { 'create pods/a-0': 2, 'create pods/a-1': 1 };
    const audited = { done, brokenOff: { 'roles/a': 1, 'pods/a-0': 1, 'pods/a-1': 1 } };
    assert.deepEqual(doneIn(audited, reference), { 'create pods/a-0': 2, 'create pods/a-1': 2, 'create roles/a': 1 });
  });

  test('one that was broken off stands for one only', () => {
    const audited = { done: {}, brokenOff: { 'pods/a-0': 1 } };
    assert.deepEqual(doneIn(audited, { 'create pods/a-0': 2 }), { 'create pods/a-0': 1 });
  });
});
