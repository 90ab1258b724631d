// What the recorder did to flows that no line of the record shows: policies it gave itself, what was in its queues, and the files it sent.

import assert from 'node:assert/strict';
import { clusterKey, type Fixture } from './fixture.ts';
import type { Dress, Replayer } from './replayer.ts';
import { type RecordedCall, readDefinition } from './transcripts.ts';

/** A queue between two processors of these recorded ids, with 500 flow files on every node. */
export function fillQueue(
  fixture: Fixture,
  replayer: Replayer,
  recorded: { readonly queue: string; readonly source: string; readonly destination: string },
): void {
  const { connectionId } = fixture.world.play(clusterKey, { backPressure: 500 });
  const { state } = fixture.world.cluster(clusterKey);
  const connection = state?.connections.get(connectionId);
  state?.revisions.set(connection?.destinationId ?? '', { version: 3, clientId: 'c1' });
  replayer.learn(recorded.queue, connectionId);
  replayer.learn(recorded.source, connection?.sourceId ?? '');
  replayer.learn(recorded.destination, connection?.destinationId ?? '');
  for (const node of fixture.world.nodes()) node.produce(500, connectionId);
}

/** The recorder had given itself the root group. Returns its id. */
export async function allowRoot(fixture: Fixture, host?: string): Promise<string> {
  const state = fixture.world.cluster(clusterKey).state;
  const root = state?.rootGroupId ?? '';
  const [user] = [...(state?.users.values() ?? [])].filter((tenant) => tenant.identity === 'CN=admin');
  for (const action of ['read', 'write']) {
    const component = { action, resource: `/process-groups/${root}`, users: [{ id: user?.id }], userGroups: [] };
    const json = { revision: { version: 0 }, component };
    const path = '/nifi-api/policies';
    const answered = await fixture.ask(0, { method: 'POST', path, client: 'admin', json, ...(host ? { host } : {}) });
    assert.equal(answered.status, 201, answered.text);
  }
  return root;
}

/** Flow files in the one queue that the recorder made, up to its back-pressure on every node. */
export function fill({ world }: Fixture): void {
  const [connection] = [...(world.cluster(clusterKey).state?.connections.values() ?? [])].filter(
    ({ name }) => name === 'q',
  );
  for (const node of world.nodes()) if (connection) node.produce(500 - node.queued, connection.id);
}

/** What the recorder did to a processor between two calls of the record shows in its revision only. */
export function setRevision({ world }: Fixture, name: string, version: number): void {
  const { state } = world.cluster(clusterKey);
  const [found] = [...(state?.components.values() ?? [])].filter((component) => component.name === name);
  if (found) state?.revisions.set(found.id, { version, clientId: 'c1' });
}

/** The forms that the recorder sent: the record has only their sizes. */
export function uploaded({ note, request }: RecordedCall): Dress {
  if (typeof request !== 'string' || !request.includes('multipart')) return {};
  const boundary = 'xxBOUNDxx';
  const file = note === 'garbage' ? 'no flow' : readDefinition();
  const name = note === 'no groupName' ? [] : [['groupName', 'up1'] as const];
  const fields = [...name, ['positionX', '10'], ['positionY', '300'], ['clientId', 'c1']] as const;
  const parts = fields.map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.json"\r\nContent-Type: application/json\r\n\r\n`;
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    form: `${parts.join('')}${head}${file}\r\n--${boundary}--\r\n`,
  };
}
