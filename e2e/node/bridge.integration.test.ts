// The bridge that the Pods of a run are on. It needs root, and a machine that makes network namespaces and bridges.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './command.ts';
import { SYSTEM_PATH } from './packages.ts';
import { BRIDGE } from './places.ts';
import { whyNoBridge } from './possible.ts';

const module = join(import.meta.dirname, 'namespaces.ts');

// A bridge without an address of its own would take that of the port, the lowest there is, and lose it with the port.
const script = `
"$0" --eval 'import(process.argv[1]).then(({ makeBridge }) => makeBridge())' "$1"
ip link add pod address 02:00:00:00:00:01 type veth peer name eth0
ip link set pod master ${BRIDGE.name} up
ip -json link show ${BRIDGE.name}
ip link delete pod
ip -json link show ${BRIDGE.name}
`;

test('the bridge keeps its hardware address when Pods come and go', { skip: await whyNoBridge() }, async () => {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}` };
  const said = await run('unshare', ['--net', '/bin/sh', '-ec', script, process.execPath, module], { env });
  const seen = [...said.matchAll(/"address":"(?<address>[\da-f:]+)"/gu)].map(({ groups }) => groups?.['address']);
  assert.deepEqual(seen, [BRIDGE.hardware, BRIDGE.hardware]);
});
