// Runs the entry script under the system's /bin/sh, in a directory that stands for the container's root.

import assert from 'node:assert/strict';
// oxlint-disable-next-line no-restricted-imports -- the script leaves real files
import { chmod, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { renderNodeConfig } from './render.ts';
import { Container, removeContainers } from './start-sh.fixture.ts';
import { aNode, noOverrides, properties } from './testing.ts';

afterEach(removeContainers);

describe('start.sh', () => {
  test('puts every file into conf, completes nifi.properties and becomes nifi.sh run', async () => {
    const container = await Container.create();
    const { stdout } = await container.assertStarts();
    const { files } = renderNodeConfig(aNode());
    for (const [name, text] of Object.entries(files)) {
      if (name !== 'start.sh' && name !== 'nifi.properties') assert.equal(await container.conf(name), text, name);
    }
    assert.deepEqual(properties(await container.conf('nifi.properties')), {
      ...properties(files['nifi.properties']),
      'nifi.cluster.flow.election.max.candidates': '3',
      'nifi.sensitive.props.key': 'a-key-that-is-secret',
    });
    assert.match(stdout, /^start\.sh: the configuration of node 0 is in place, 3 nodes/m);
  });

  test('gives the same files again when the container restarts inside its Pod, with the newer size', async () => {
    const container = await Container.create();
    await container.assertStarts();
    const first = await container.conf('nifi.properties');
    await container.write('/opt/nifi/nifi-current/conf/.logback.xml.new', 'half written before the last crash');
    await container.write('/etc/nifi/start/candidates', '5\n');
    await container.assertStarts();
    assert.equal(await container.conf('nifi.properties'), first.replace('max.candidates=3', 'max.candidates=5'));
    assert.equal(await container.conf('logback.xml'), renderNodeConfig(aNode()).files['logback.xml']);
    const left = await readdir(container.path('/opt/nifi/nifi-current/conf'));
    assert.deepEqual(
      left.filter((name) => name.endsWith('.new')),
      [],
    );
  });

  test('merges the Secret part: keys are added, other files are replaced', async () => {
    const secretOverrides = {
      nifiProperties: { 'nifi.web.request.timeout': '9 secs', 'nifi.some.password': 'p@ss\\word ü' },
      bootstrapConf: { 'java.arg.proxy': '-Dpassword=x' },
      files: { 'logback.xml': '<secret/>' },
    };
    const container = await Container.create({ secretOverrides });
    const { stdout } = await container.assertStarts();
    const values = properties(await container.conf('nifi.properties'));
    assert.equal(values['nifi.web.request.timeout'], '9 secs');
    assert.equal(values['nifi.some.password'], 'p@ss\\word ü');
    assert.equal(properties(await container.conf('bootstrap.conf'))['java.arg.proxy'], '-Dpassword=x');
    assert.equal(await container.conf('logback.xml'), '<secret/>');
    assert.doesNotMatch(stdout, /9 secs|word|secret/);
  });

  test('never has a key twice, which NiFi would refuse', async () => {
    const secretOverrides = { ...noOverrides, nifiProperties: { 'nifi.web.request.timeout': '9 secs' } };
    const container = await Container.create({ secretOverrides });
    await container.assertStarts();
    const keys = (await container.conf('nifi.properties')).split('\n').filter((line) => /^[^#].*=/.test(line));
    const names = keys.map((line) => line.slice(0, line.indexOf('=')));
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  test('keeps what holds secrets from other users, and leaves the umask of NiFi alone', async () => {
    const container = await Container.create();
    const { stdout } = await container.assertStarts();
    const { mode } = await stat(container.path('/opt/nifi/nifi-current/conf/nifi.properties'));
    assert.equal((mode & 0o777).toString(8), '600');
    assert.match(stdout, /umask 0*22$/m);
  });

  test('never says the sensitive key, whatever goes wrong after it was read', async () => {
    const container = await Container.create();
    await rm(container.path('/etc/nifi/config/logback.xml'));
    const failed = await container.start();
    const started = await (await Container.create()).assertStarts();
    for (const { stdout, stderr } of [failed, started]) assert.doesNotMatch(stdout + stderr, /a-key-that/);
  });

  test('takes a key with backslashes, blanks and Windows line ends as it is meant', async () => {
    const container = await Container.create();
    await container.write('/etc/nifi/key/key', 'C:\\new\\key=with #all:sorts!\r\n');
    await container.assertStarts();
    const values = properties(await container.conf('nifi.properties'));
    assert.equal(values['nifi.sensitive.props.key'], 'C:\\new\\key=with #all:sorts!');
  });

  /** A Secret as the kubelet mounts it, and a NiFi that has it renewed and then waits until the link to the authorities is another. */
  async function renewing(whileItRuns: string): Promise<Container> {
    const container = await Container.create();
    const tls = '/etc/nifi/tls';
    await rm(container.path(tls), { recursive: true });
    for (const version of ['..one', '..two'])
      for (const name of ['tls.crt', 'tls.key', 'ca.crt'])
        await container.write(`${tls}/${version}/${name}`, `${version} ${name}`);
    await symlink('..one', container.path(`${tls}/..data`));
    for (const name of ['tls.crt', 'tls.key', 'ca.crt'])
      await symlink(`..data/${name}`, container.path(`${tls}/${name}`));
    await container.program('/shims/sleep', 'exec /bin/sleep 0.05');
    const nifi = `link="$NIFI_HOME/conf/ca.crt"
before=$(stat -c %i:%Z "$link")
echo "nifi.sh run now"
cat "$link"
/bin/ln -s ..two "$NIFI_TLS_DIR/..swap"
${whileItRuns}
mv -T "$NIFI_TLS_DIR/..swap" "$NIFI_TLS_DIR/..data"
for _ in $(seq 200); do
  [ "$(stat -c %i:%Z "$link")" = "$before" ] || { cat "$link"; exit 0; }
  /bin/sleep 0.05
done
exit 1`;
    await container.program('/opt/nifi/nifi-current/bin/nifi.sh', nifi);
    return container;
  }

  test('makes the link to the authorities anew whenever the kubelet renews the Secret, as long as NiFi runs', async () => {
    const { stdout } = await (await renewing(':')).assertStarts();
    assert.match(stdout, /^nifi\.sh run now\n\.\.one ca\.crt\.\.two ca\.crt$/m);
  });

  test('tries the link again when it cannot be made, as on a full disk', async () => {
    const container = await renewing('touch "$NIFI_HOME/disk-is-full"');
    await container.program(
      '/shims/ln',
      '[ ! -e "$NIFI_HOME/disk-is-full" ] || { rm "$NIFI_HOME/disk-is-full"; exit 1; }\nexec /bin/ln "$@"',
    );
    const { stdout } = await container.assertStarts();
    assert.match(stdout, /\.\.two ca\.crt$/m);
  });

  test('runs without certificates where the cluster has none', async () => {
    const container = await Container.create({ transport: 'InsecureHTTP' });
    await rm(container.path('/etc/nifi/tls'), { recursive: true });
    await container.assertStarts({ NIFI_TLS_DIR: undefined, NIFI_SECRET_DIR: undefined });
  });
});

describe('start.sh refuses in one line that says what is missing', () => {
  const secretOverrides = { ...noOverrides, files: { 'logback.xml': '<secret/>' } };
  const cases: Record<string, { path?: string; text?: string; env?: Record<string, undefined>; says: RegExp }> = {
    'a variable': { env: { NIFI_KEY_DIR: undefined }, says: /the environment variable NIFI_KEY_DIR is not set/ },
    'the size': {
      path: '/etc/nifi/start/candidates',
      says: /start\/candidates is missing or cannot be read: the number/,
    },
    'a number': { path: '/etc/nifi/start/candidates', text: '0', says: /candidates is not a number of nodes: 0/ },
    'the key': {
      path: '/etc/nifi/key/key',
      says: /key\/key is missing or cannot be read: the sensitive properties key/,
    },
    'text in the key': { path: '/etc/nifi/key/key', text: '', says: /key\/key is empty: the sensitive properties key/ },
    'more than line ends in the key': { path: '/etc/nifi/key/key', text: '\r\n\n', says: /properties key is empty/ },
    'a key on one line': { path: '/etc/nifi/key/key', text: 'one\ntwo', says: /key has more than one line/ },
    'the certificate': {
      path: '/etc/nifi/tls/tls.key',
      says: /tls\/tls\.key is missing or cannot be read: part of the node's cert/,
    },
    'a file of the ConfigMap': {
      path: '/etc/nifi/config/bootstrap.conf',
      says: /bootstrap\.conf is missing .* ConfigMap/,
    },
    'a file of the Secret': { path: '/etc/nifi/secret/logback.xml', says: /secret\/logback\.xml is missing .* Secret/ },
    'the data volume': { path: '/var/lib/nifi/data', says: /nifi\/data is not a directory .*fsGroup/ },
    'the conf volume': { path: '/opt/nifi/nifi-current/conf', says: /conf is not a directory that user \d+ may write/ },
    NiFi: { path: '/opt/nifi/nifi-current/bin/nifi.sh', says: /bin\/nifi\.sh is missing: is this an image of NiFi/ },
  };
  for (const [what, { path, text, env, says }] of Object.entries(cases)) {
    test(what, async () => {
      const container = await Container.create({ secretOverrides });
      if (path !== undefined) await rm(container.path(path), { recursive: true });
      if (path !== undefined && text !== undefined) await container.write(path, text);
      const { exitCode, stdout, stderr } = await container.start(env);
      assert.equal(exitCode, 1);
      assert.match(stderr, says);
      assert.match(stderr, /^start\.sh: [^\n]+\n$/);
      assert.doesNotMatch(stdout, /nifi\.sh run/);
    });
  }

  test('and leaves NiFi alone when conf cannot take the files', async () => {
    const container = await Container.create();
    await mkdir(container.path('/opt/nifi/nifi-current/conf/.nifi.properties.new'));
    const { exitCode, stdout, stderr } = await container.start();
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /nifi\.properties\.new.*directory/i);
    assert.doesNotMatch(stdout, /nifi\.sh run/);
    assert.equal(await container.conf('nifi.properties'), 'nifi.of.the.image=true\n');
  });
});

describe('a volume that was taken back', () => {
  const data = '/var/lib/nifi/data';
  const files = ['flow.json.gz', 'flow.xml.gz', 'users.xml', 'authorizations.xml'];

  /** Told to set aside under this token. */
  async function told(token: string, container?: Container): Promise<Container> {
    const taken = container ?? (await Container.create());
    await taken.write('/etc/nifi/start/set-aside-0', token);
    return taken;
  }

  async function adopted(token: string): Promise<Container> {
    const container = await told(token);
    for (const name of [...files, 'content_repository/1']) await container.write(`${data}/${name}`, `old ${name}`);
    return container;
  }

  test('has its flow and users set aside, once, and keeps its data', async () => {
    const container = await adopted('r1abc');
    await container.assertStarts();
    assert.deepEqual((await readdir(container.path(data))).toSorted(), [
      '.set-aside-r1abc',
      'content_repository',
      'set-aside',
    ]);
    for (const name of files) assert.equal(await container.read(`${data}/set-aside/r1abc/${name}`), `old ${name}`);
    await container.write(`${data}/flow.json.gz`, 'new flow');
    const { stdout } = await container.assertStarts();
    assert.equal(await container.read(`${data}/flow.json.gz`), 'new flow');
    assert.equal(await container.read(`${data}/set-aside/r1abc/flow.json.gz`), 'old flow.json.gz');
    assert.doesNotMatch(stdout, /set aside/);
  });

  for (const [count, moved] of files.map((_, index) => [index, files.slice(0, index)] as const)) {
    test(`is set aside to the end by the next start when a crash came after ${count} files`, async () => {
      const container = await adopted('r1abc');
      for (const name of moved) {
        await container.write(`${data}/set-aside/r1abc/${name}`, `old ${name}`);
        await rm(container.path(`${data}/${name}`));
      }
      await container.assertStarts();
      for (const name of files) assert.equal(await container.read(`${data}/set-aside/r1abc/${name}`), `old ${name}`);
    });
  }

  test('is set aside again when it was left behind and taken back again', async () => {
    const container = await adopted('r1abc');
    await container.assertStarts();
    await container.write(`${data}/flow.json.gz`, 'second flow');
    await (await told('r2def', container)).assertStarts();
    assert.equal(await container.read(`${data}/set-aside/r2def/flow.json.gz`), 'second flow');
    assert.equal(await container.read(`${data}/set-aside/r1abc/flow.json.gz`), 'old flow.json.gz');
  });

  test('starts all the same when there is nothing to set aside', async () => {
    const container = await told('r1abc');
    await container.assertStarts();
    assert.deepEqual((await readdir(container.path(data))).toSorted(), ['.set-aside-r1abc', 'set-aside']);
  });

  test('of another node is none of its business', async () => {
    const container = await adopted('r1abc');
    await rm(container.path('/etc/nifi/start/set-aside-0'));
    for (const other of ['set-aside-1', 'set-aside-00', 'set-aside']) {
      await container.write(`/etc/nifi/start/${other}`, 'r9xyz');
    }
    await container.assertStarts();
    assert.equal(await container.read(`${data}/flow.json.gz`), 'old flow.json.gz');
  });

  for (const token of ['../../x', '.', 'a b', 'a\nb']) {
    test(`is left alone, and NiFi too, when the token ${JSON.stringify(token)} leads elsewhere`, async () => {
      const container = await adopted(token);
      const { exitCode, stdout, stderr } = await container.start();
      assert.equal(exitCode, 1);
      assert.match(stderr, /start\/set-aside-0 may hold letters/);
      assert.doesNotMatch(stdout, /nifi\.sh run/);
      assert.equal(await container.read(`${data}/flow.json.gz`), 'old flow.json.gz');
    });
  }
});

describe('the wait for the name of the node', () => {
  /** A getent that answers with the lines given, one more each time it is asked. */
  async function withAnswers(answers: readonly string[]): Promise<Container> {
    const container = await Container.create();
    const cases = answers.map((answer, index) => `${index}) ${answer} ;;`).join('\n');
    const count = container.path('/shims/count');
    const script = `#!/bin/sh\nn=$(cat ${count} 2>/dev/null || echo 0)\necho $((n + 1)) > ${count}\ncase $n in\n${cases}\n*) exit 2 ;;\nesac\n`;
    await container.write('/shims/getent', script);
    await container.write('/shims/sleep', '#!/bin/sh\nexit 0\n');
    for (const name of ['getent', 'sleep']) await chmod(container.path(`/shims/${name}`), 0o755);
    return container;
  }

  test('ends when the name leads to this Pod, not to the one before it', async () => {
    const container = await withAnswers(['exit 2', 'echo "10.0.0.10 STREAM x"', 'echo "10.0.0.1  STREAM x"']);
    const env = { NIFI_WAIT_FOR_HOST_SECONDS: '10', NIFI_POD_IP: '10.0.0.1' };
    const { stdout } = await container.assertStarts(env);
    assert.equal(await container.read('/shims/count'), '3\n');
    assert.doesNotMatch(stdout, /does not lead/);
  });

  test('takes any address when it does not know its own', async () => {
    const container = await withAnswers(['echo "10.0.0.9 STREAM x"']);
    await container.assertStarts({ NIFI_WAIT_FOR_HOST_SECONDS: '10' });
    assert.equal(await container.read('/shims/count'), '1\n');
  });

  test('gives up after its time and says so, since NiFi may know better', async () => {
    const container = await withAnswers([]);
    const { stdout } = await container.assertStarts({ NIFI_WAIT_FOR_HOST_SECONDS: '1' });
    assert.match(stdout, /prod-0\.prod-nodes\.data\.svc does not lead to this Pod after 1 s/);
  });
});
