// Who gets which loopback addresses when several processes play a kubelet.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { createIpAllocator } from './ips.ts';

/** The first address of a process whose id would give it the same prefix as ours. */
function firstOfAnother(): string {
  const module = JSON.stringify(new URL('./ips.ts', import.meta.url).href);
  const script = `Object.defineProperty(process, 'pid', { value: ${process.pid + 224} });
    const { createIpAllocator } = await import(${module});
    process.stdout.write(createIpAllocator().take());`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

const prefixOf = (ip: string): string => ip.split('.').slice(0, 2).join('.');

describe('Loopback addresses', () => {
  test('of two processes are never of one prefix', () => {
    const mine = prefixOf(createIpAllocator().take());
    assert.notEqual(prefixOf(firstOfAnother()), mine);
  });

  test('of two kubelets of one process are of its one prefix', () => {
    assert.equal(prefixOf(createIpAllocator().take()), prefixOf(createIpAllocator().take()));
  });
});
