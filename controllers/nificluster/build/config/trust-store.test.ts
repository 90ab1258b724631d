// The authorities of a directory or an OIDC provider, made known to Java at the start of a node: with a keytool that is played,
// and with that of a JDK where the machine has one.

import assert from 'node:assert/strict';
// oxlint-disable-next-line no-restricted-imports -- the store is read by a real keytool
import { execFile } from 'node:child_process';
// oxlint-disable-next-line no-restricted-imports -- a machine may have a JDK
import { existsSync } from 'node:fs';
// oxlint-disable-next-line no-restricted-imports -- the script leaves real files
import { chmod, readdir } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { createCertificateAuthority } from '../../../../pkg/pki/issue.ts';
import { now } from '../../plan/testing.objects.ts';
import type { SignIn } from './sign-in.ts';
import { Container, removeContainers } from './start-sh.fixture.ts';

afterEach(removeContainers);

describe('The authorities of a directory or provider', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const ldap = { kind: 'Ldap', authorities: [pem, pem] } as unknown as SignIn;
  const oidc = { kind: 'Oidc', clientSecret: 's', authorities: [pem], fallbackClaims: [] } as unknown as SignIn;
  /** As keytool, but its store is a text: what was in it, and what each call imports under which name. */
  const keytool = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -keystore) store=$2 ;; -alias) alias=$2 ;; -file) file=$2 ;; -storepass) [ "$2" = changeit ] || exit 1 ;;
  esac
  shift
done
[ -r "$file" ] || exit 1
echo "$alias" >> "$store"
`;

  async function containerWith(signIn: SignIn): Promise<Container> {
    const container = await Container.create({ signIn });
    await container.write('/jdk/bin/keytool', keytool);
    await container.write('/jdk/lib/security/cacerts', 'public authorities\n');
    await chmod(container.path('/jdk/bin/keytool'), 0o755);
    await chmod(container.path('/jdk/lib/security/cacerts'), 0o444);
    return container;
  }

  for (const [what, signIn, store, wanted] of [
    [
      'directory go into a store of their own',
      ldap,
      'ldap-authorities.p12',
      ['nifi-operator-authority-0.pem', 'nifi-operator-authority-1.pem'],
    ],
    [
      'provider go beside those that Java trusts',
      oidc,
      'jdk-authorities.p12',
      ['public authorities', 'nifi-operator-authority-0.pem'],
    ],
  ] as const) {
    test(`of a ${what}, the same at every start of the container`, async () => {
      const container = await containerWith(signIn);
      for (const _ of [1, 2]) {
        await container.assertStarts({ JAVA_HOME: container.path('/jdk') });
        assert.deepEqual((await container.conf(store)).trimEnd().split('\n'), wanted);
      }
      const left = await readdir(container.path('/opt/nifi/nifi-current/conf'));
      assert.deepEqual(
        left.filter((name) => name.startsWith('.')),
        [],
      );
    });
  }

  test('are told as the reason when Java cannot read them', async () => {
    const container = await containerWith(ldap);
    await container.write('/jdk/bin/keytool', '#!/bin/sh\necho "keytool error: not an X.509 certificate"\nexit 1\n');
    const { exitCode, stderr } = await container.start({ JAVA_HOME: container.path('/jdk') });
    assert.equal(exitCode, 1);
    assert.match(stderr, /authority-0\.pem, an authority from the Secret, cannot be made known to Java: keytool error/);
  });

  test('end the start of an image without keytool', async () => {
    const container = await Container.create({ signIn: ldap });
    const { exitCode, stderr } = await container.start({ JAVA_HOME: '/nowhere' });
    assert.equal(exitCode, 1);
    assert.match(stderr, /\/nowhere\/bin\/keytool is missing/);
  });
});

describe('With the keytool of a JDK', { skip: existsSync('/usr/bin/keytool') ? false : 'there is none' }, () => {
  for (const kind of ['Ldap', 'Oidc'] as const) {
    test(`a store for ${kind} is one that Java reads, with the authority in it`, async () => {
      const { certPem } = await createCertificateAuthority({
        commonName: 'a directory',
        now,
        validForDays: 2,
      });
      const signIn = { kind, clientSecret: 's', authorities: [certPem], fallbackClaims: [] } as unknown as SignIn;
      const container = await Container.create({ signIn });
      await container.assertStarts();
      const store = container.path(`/opt/nifi/nifi-current/conf/${kind === 'Oidc' ? 'jdk' : 'ldap'}-authorities.p12`);
      const listed = await new Promise<string>((resolve, reject) => {
        execFile('/usr/bin/keytool', ['-list', '-keystore', store, '-storepass', 'changeit'], (error, stdout) => {
          if (error === null) resolve(stdout);
          else reject(error);
        });
      });
      assert.match(listed, /nifi-operator-authority-0\.pem, .*trustedCertEntry/);
      const entries = Number(/contains (\d+) entr/.exec(listed)?.[1]);
      assert.equal(kind === 'Oidc' ? entries > 10 : entries === 1, true, listed.slice(0, 200));
    });
  }
});
