// What is in the way of a registry client, with the field and the mend in its words; and what NiFi should have when nothing is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DefaultedNiFiRegistryClient,
  NiFiRegistryClientSpec,
} from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { References } from '../nificluster/references.ts';
import { type AddressesOf, nameObstacle, referencesOf, validate } from './validate.ts';

const hosts = { allowed: [], apiServer: [] };
const token = { 'Access Token': { name: 'git', key: 'token' } };
const nothing: References = () => ({ state: 'missing' });

function holding(data: Readonly<Record<string, string>>): References {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const);
  return () => ({ state: 'present', object: { data: Object.fromEntries(encoded) } });
}

function client(spec: Partial<NiFiRegistryClientSpec>): DefaultedNiFiRegistryClient {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiRegistryClient',
    metadata: { name: 'flows', namespace: 'data' },
    spec: { clusterRef: { name: 'prod' }, type: 'GitLab', ...spec },
  };
}

function refusal(spec: Partial<NiFiRegistryClientSpec>, references: References): string {
  const validated = validate(client(spec), references, hosts);
  return validated.ok ? 'accepted' : `${validated.obstacle.reason}: ${validated.obstacle.message}`;
}

test('A good one has the class of its type, its name and all its properties', () => {
  const spec = { properties: { 'Repository Name': 'flows' }, secretProperties: token };
  const validated = validate(client(spec), holding({ token: 'canary' }), hosts);
  assert.ok(validated.ok);
  const { name, className, properties, secret } = validated.wish;
  assert.deepEqual([name, className], ['flows', 'org.apache.nifi.gitlab.GitLabFlowRegistryClient']);
  assert.deepEqual(Object.fromEntries(properties), { 'Repository Name': 'flows', 'Access Token': 'canary' });
  assert.deepEqual([...secret], ['Access Token']);
});

test('A class is taken by its name', () => {
  const validated = validate(client({ type: 'org.example.Git', displayName: 'Git' }), nothing, hosts);
  assert.deepEqual(validated.ok && [validated.wish.className, validated.wish.name], ['org.example.Git', 'Git']);
});

test('A Secret that is not there is told with the field', () => {
  assert.match(
    refusal({ secretProperties: token }, nothing),
    /^ReferenceMissing: spec\.secretProperties\[Access Token\] names the Secret git, .* create it/u,
  );
});

test('A key that is not there is told with the field', () => {
  assert.match(refusal({ secretProperties: token }, holding({ other: 'x' })), /^ReferenceKeyMissing: .*the key token/u);
});

test('A host inside is told with the field', () => {
  const properties = { 'GitLab API URL': 'http://127.0.0.1' };
  assert.match(refusal({ properties }, nothing), /^HostNotAllowed: spec\.properties\[GitLab API URL\] .*127\.0\.0\.1/u);
});

test('A host inside that a Secret holds is refused without a word of it', () => {
  const words = refusal({ secretProperties: token }, holding({ token: 'http://127.0.0.1/canary' }));
  assert.match(words, /^HostNotAllowed: spec\.secretProperties\[Access Token\]/u);
  assert.ok(!words.includes('127.0.0.1') && !words.includes('canary'));
});

function obstacleOfNames(
  spec: Partial<NiFiRegistryClientSpec>,
  references: References,
  addressesOf: AddressesOf,
): string {
  const validated = validate(client(spec), references, hosts);
  assert.ok(validated.ok);
  const obstacle = nameObstacle(client(spec), validated.wish, { policy: hosts, addressesOf });
  return typeof obstacle === 'object' ? `${obstacle.reason}: ${obstacle.message}` : (obstacle ?? 'accepted');
}

test('A name is looked up in the URL that has it, a token never is, and what is not known yet is waited for', () => {
  const properties = { 'GitLab API URL': 'https://gitlab.example.com' };
  const asked: (readonly string[])[] = [];
  const answer = (addresses: readonly string[] | undefined) => (names: readonly string[]) => {
    if (names.length > 0) asked.push(names);
    return names.length === 0 ? [] : addresses;
  };
  const spec = { properties, secretProperties: token };
  const secret = holding({ token: 'glpat.canary.example' });
  assert.equal(obstacleOfNames(spec, secret, answer(['203.0.113.7'])), 'accepted');
  assert.equal(obstacleOfNames(spec, secret, answer(undefined)), 'unknown');
  assert.match(
    obstacleOfNames(spec, secret, answer(['169.254.169.254'])),
    /^HostNotAllowed: spec\.properties\[GitLab API URL\] .*gitlab\.example\.com, which leads to 169\.254\.169\.254/u,
  );
  assert.deepEqual(new Set(asked.flat()), new Set(['gitlab.example.com']));
});

test('A name of a Secret that leads inside is refused without a word of it', () => {
  const words = obstacleOfNames(
    { secretProperties: token },
    holding({ token: 'https://canary.example.com' }),
    (names) => (names.length === 0 ? [] : ['127.0.0.1']),
  );
  assert.match(words, /^HostNotAllowed: spec\.secretProperties\[Access Token\]/u);
  assert.ok(!words.includes('127.0.0.1') && !words.includes('canary'));
});

test('Each Secret is watched once', () => {
  const spec = { secretProperties: { ...token, Other: { name: 'git', key: 'x' }, More: { name: 'a', key: 'x' } } };
  assert.deepEqual(
    referencesOf(client(spec)).map(({ name }) => name),
    ['a', 'git'],
  );
});
