import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createCertificateAuthority, issueCertificate } from '../../pkg/pki/issue.ts';
import { authorizersText } from './contract/files.ts';
import { Fixture, home, type NodeOptions } from './contract/fixture.ts';

describe('A NiFi that would not start ends with code 1 and says why', () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.open({ timing: { startMs: 30 } });
  });
  after(() => fixture.close());

  const refusals: readonly (readonly [string, NodeOptions, RegExp])[] = [
    [
      'a key with two values',
      { appended: 'nifi.web.https.port=9443\n' },
      /Duplicate property keys with different values were found in the properties file: nifi\.web\.https\.port$/,
    ],
    [
      'no sensitive key in a cluster',
      without('nifi.sensitive.props.key'),
      /\[nifi\.sensitive\.props\.key\] required for cluster nodes$/,
    ],
    [
      'a sensitive key that is too short',
      set('nifi.sensitive.props.key', 'short'),
      /length \[5\] is less than the required \[12\]$/,
    ],
    ['no node address', without('nifi.cluster.node.address'), /\[nifi\.cluster\.node\.address\] is not set$/],
    [
      'no protocol port',
      without('nifi.cluster.node.protocol.port'),
      /\[nifi\.cluster\.node\.protocol\.port\] is not set$/,
    ],
    ['no port at all', without('nifi.web.https.port'), /Neither \[nifi\.web\.https\.port\] nor/],
    ['a port that is none', set('nifi.web.https.port', '70000'), /is not a port: 70000$/],
    [
      'a keystore that is not there',
      set('nifi.security.keystore.certificate', '/etc/none.crt'),
      /KeyStore loading failed: \/etc\/none\.crt/,
    ],
    [
      'a truststore that is not there',
      set('nifi.security.truststore.certificate', '/etc/none.crt'),
      /KeyStore loading failed: \/etc\/none\.crt/,
    ],
    [
      'an authorizer that the file does not have',
      set('nifi.security.user.authorizer', 'other'),
      /The specified authorizer 'other' could not be found\.$/,
    ],
    [
      'a login provider that the file does not have',
      set('nifi.security.user.login.identity.provider', 'ldap'),
      /'ldap' could not be found\.$/,
    ],
    [
      'a state provider that the file does not have',
      set('nifi.state.management.provider.cluster', 'other'),
      /no provider with identifier other$/,
    ],
    ['authorizers.xml that is not XML', file('authorizers.xml', '<authorizers>'), /Unable to load authorizers\.xml/],
    [
      'a node identity that is no user',
      file('authorizers.xml', authorizersText().replace(/(Initial User Identity 2">)CN=nifi-0/, '$1CN=other')),
      /Unable to locate node CN=nifi-0 to seed policies\.$/,
    ],
    [
      'an initial admin that is no user',
      file(
        'authorizers.xml',
        authorizersText().replace('Initial Admin Identity">CN=admin', 'Initial Admin Identity">CN=else'),
      ),
      /Unable to locate initial admin CN=else to seed policies$/,
    ],
  ];
  for (const [what, options, words] of refusals) {
    test(what, async () => {
      const { running } = await fixture.start(0, options);
      await assert.rejects(running.health('/health'), { code: 'ECONNREFUSED' });
      const { exitCode, lastLines } = await running.exited;
      assert.equal(exitCode, 1);
      assert.match(lastLines, words);
    });
  }

  test('a key that does not belong to the certificate', async () => {
    const container = await fixture.container(0);
    const ca = await createCertificateAuthority({ commonName: 'other', now: new Date(), validForDays: 1 });
    const other = await issueCertificate({
      ca,
      commonName: 'x',
      dnsNames: [],
      usages: ['server'],
      now: new Date(),
      validForDays: 1,
    });
    await writeFile(join(container.root, 'etc/nifi/tls/tls.key'), other.keyPem);
    const running = await fixture.world.start(container);
    assert.match((await running.exited).lastLines, /not matched with Certificate$/);
  });

  test('no configuration at all', async () => {
    const container = await fixture.container(0);
    const running = await fixture.world.start({ ...container, home: `${home}/elsewhere` });
    assert.match((await running.exited).lastLines, /Unable to read .+nifi\.properties: ENOENT$/);
  });

  test('whatever a test wants it to say', async () => {
    const release = fixture.world.setStartFailure(
      (container) => container.pod === 'contract-0',
      'java.lang.OutOfMemoryError',
    );
    const { running } = await fixture.start(0);
    assert.deepEqual(await running.exited, { exitCode: 1, lastLines: 'java.lang.OutOfMemoryError' });
    release();
  });
});

test('a node whose sensitive key is not the cluster’s is turned away, and its own disk remembers the key', async () => {
  const fixture = await Fixture.open({ timing: { startMs: 30 } });
  try {
    const [first] = await fixture.cluster(1);
    const second = await fixture.start(1, set('nifi.sensitive.props.key', 'another long enough key'));
    assert.match((await second.running.exited).lastLines, /Decryption Failed/);
    await first?.running.stop(30);
    const again = await fixture.start(0, set('nifi.sensitive.props.key', 'another long enough key'));
    assert.match((await again.running.exited).lastLines, /There was an issue decrypting protected properties/);
  } finally {
    await fixture.close();
  }
});

function set(key: string, value: string): NodeOptions {
  return { properties: { [key]: value } };
}

function without(key: string): NodeOptions {
  return { properties: { [key]: undefined } };
}

function file(name: string, text: string): NodeOptions {
  return { files: { [name]: text } };
}
