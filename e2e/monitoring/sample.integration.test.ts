// The API server takes the sample of Fluent Bit, Loki and Grafana word for word, and has no warning: neither of a field that it does not know
// nor of a Pod that its namespace would not admit.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { readSample } from './sample.ts';

let lab: Lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.stop());

/** What kubectl says, warnings among it; throws when it fails. */
async function applied(objects: readonly KubeObject[], ...more: readonly string[]): Promise<string> {
  const { path, args } = lab.controlPlane.kubectl;
  const child = spawn(path, [...args, 'apply', '--server-side', '--validate=strict', ...more, '-f', '-']);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, said);
  return said;
}

test('The sample is taken as it is, and every Pod of it would be admitted', async () => {
  const objects = readSample();
  const isNamespace = ({ kind }: KubeObject): boolean => kind === 'Namespace';
  await applied(objects.filter(isNamespace));
  const rest = objects.filter((object) => !isNamespace(object));
  const said = await applied(rest, '--dry-run=server');
  assert.equal(said.match(/ serverside-applied/gu)?.length, rest.length, said);
  assert.doesNotMatch(said, /warning/iu);
  const [first] = rest.filter(({ kind }) => kind === 'Deployment');
  assert.ok(first);
  const careless = JSON.parse(JSON.stringify(first).replace('"runAsNonRoot":true,', '')) as KubeObject;
  assert.match(await applied([careless], '--dry-run=server'), /would violate PodSecurity/u);
});
