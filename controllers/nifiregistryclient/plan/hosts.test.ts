// Which hosts a registry client may not point to, in every spelling that leads there.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameIn, refusedAddress, refusedHost, spellingsOf } from './hosts.ts';

const policy = { allowed: [], apiServer: ['10.96.0.1', 'api.example.com'] };

const refused: readonly (readonly [string, string])[] = [
  ['http://localhost:18080', 'localhost'],
  ['http://LOCALHOST./x', 'localhost'],
  ['https://anything.localhost', 'anything.localhost'],
  ['http://127.0.0.1', '127.0.0.1'],
  ['http://127.1:18080/', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://0x7f.0.0.1', '127.0.0.1'],
  ['http://user:secret@127.0.0.1/', '127.0.0.1'],
  ['ssh://git@127.1/x', '127.0.0.1'],
  ['http://0/', '0.0.0.0'],
  ['http://[::1]:18080', '::1'],
  ['http://[0:0:0:0:0:0:0:1]', '::1'],
  ['http://[::ffff:127.0.0.1]', '::ffff:7f00:1'],
  ['http://[::ffff:169.254.169.254]', '::ffff:a9fe:a9fe'],
  ['http://[::127.0.0.1]', '::7f00:1'],
  ['http://[64:ff9b::169.254.169.254]', '64:ff9b::a9fe:a9fe'],
  ['http://[fe80::1]', 'fe80::1'],
  ['http://[fd00:ec2::254]', 'fd00:ec2::254'],
  ['http://100.100.100.200', '100.100.100.200'],
  ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['169.254.169.254', '169.254.169.254'],
  ['http://metadata.google.internal', 'metadata.google.internal'],
  ['https://10.96.0.1', '10.96.0.1'],
  ['https://api.example.com:6443', 'api.example.com'],
  ['https://kubernetes.default.svc', 'kubernetes.default.svc'],
  ['https://kubernetes.default.svc.cluster.local:443', 'kubernetes.default.svc.cluster.local'],
  [' http://127.0.0.1 ', '127.0.0.1'],
];

describe('A registry client may not point to', () => {
  for (const [value, host] of refused) test(value, () => assert.equal(refusedHost(value, policy), host));
});

const harmless = [
  'http://nifi-registry.data.svc:18080',
  'https://api.github.com/',
  'api.bitbucket.org',
  'https://127.example.com',
  'http://[2001:db8::1]',
  'http://10.0.0.5',
  'PERSONAL_ACCESS_TOKEN',
  '10 seconds',
  '',
  '-----BEGIN RSA PRIVATE KEY-----\nabc\n',
];

describe('A property may be', () => {
  for (const value of harmless) test(JSON.stringify(value), () => assert.equal(refusedHost(value, policy), undefined));
});

test('A host that the operator allows is let in, and no other', () => {
  const lax = { ...policy, allowed: ['127.0.0.1'] };
  assert.equal(refusedHost('http://127.1:18080', lax), undefined);
  assert.equal(refusedHost('http://127.0.0.2:18080', lax), '127.0.0.2');
});

describe('Looked up is', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['url', 'http://nifi-registry:18080', 'nifi-registry'],
    ['url', ' HTTPS://User:secret@Flows.Example.COM./x ', 'flows.example.com'],
    ['Repository URL', 'ssh://git@git.example.com/x', 'git.example.com'],
    ['Bitbucket API Instance', 'api.bitbucket.org', 'api.bitbucket.org'],
    ['url', 'http://10.0.0.5', undefined],
    ['url', 'http://[2001:db8::1]', undefined],
    ['url', 'http://demo.internal', undefined],
    ['Personal Access Token', 'ghp_0123456789', undefined],
    ['Access Token', 'eyJhbGciOi.eyJzdWIi.c2ln', undefined],
    ['Repository Name', 'flows', undefined],
  ];
  const lax = { ...policy, allowed: ['demo.internal'] };
  for (const [property, value, name] of cases)
    test(`${name ?? 'nothing'} of ${value}`, () => assert.equal(nameIn(property, value, lax), name));

  test('a short name also where NiFi runs', () => {
    assert.deepEqual(spellingsOf('registry', 'data'), ['registry', 'registry.data.svc']);
    assert.deepEqual(spellingsOf('registry.data', 'flows'), ['registry.data', 'registry.data.flows.svc']);
    assert.deepEqual(spellingsOf('api.github.com', 'data'), ['api.github.com']);
  });
});

describe('A name is refused for', () => {
  const inside = [
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:169.254.169.254',
    'fe80::1%eth0',
    '0.0.0.0',
    '10.96.0.1',
  ];
  for (const address of inside)
    test(`${address} among its addresses`, () => {
      assert.ok(refusedAddress(['203.0.113.7', address, '2001:db8::1'], policy));
    });

  test('none of them when all are outside, or allowed', () => {
    assert.equal(refusedAddress(['203.0.113.7', '10.0.0.5', '2001:db8::1'], policy), undefined);
    assert.equal(refusedAddress(['127.0.0.1'], { ...policy, allowed: ['127.0.0.1'] }), undefined);
    assert.equal(refusedAddress([], policy), undefined);
  });

  test('the same one in whatever order they come', () => {
    assert.equal(refusedAddress(['169.254.169.254', '127.0.0.1'], policy), '127.0.0.1');
    assert.equal(refusedAddress(['127.0.0.1', '169.254.169.254'], policy), '127.0.0.1');
  });
});
