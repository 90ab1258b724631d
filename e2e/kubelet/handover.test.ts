// The short way of `runEntryScript: false` against the operator's real entry script: NiFi must find the same files.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parse } from 'dot-properties';
import { confDirectory, directoryEnvironment } from '../../controllers/nificluster/build/config/paths.ts';
import { renderNodeConfig } from '../../controllers/nificluster/build/config/render.ts';
import { aNode, noOverrides } from '../../controllers/nificluster/build/config/testing.ts';
import { copyConf, handOver } from './handover.ts';
import { runInContainer } from './launch.ts';
import { createLimiter } from './limiter.ts';
import { buildRoot, imageEnv, nifiHome, prepareImage } from './root.ts';

describe('handing the configuration over without the script', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'handover-'));
    prepareImage(join(dir, 'image'), undefined);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const secretOverrides = {
    ...noOverrides,
    nifiProperties: { 'nifi.flow.configuration.archive.max.count': '5' },
    files: { 'logback.xml': '<configuration/>' },
  };
  const env = { ...imageEnv, ...directoryEnvironment, HOSTNAME: 'prod-0' };

  function container(name: string, key = 'a \\ key of more than 12'): string {
    const root = join(dir, name);
    buildRoot(root, join(dir, 'image'), [
      { mountPath: confDirectory, source: join(dir, `${name}-conf`), subPath: undefined, refreshed: false },
    ]);
    const { files, secretFiles } = renderNodeConfig(aNode({ secretOverrides }));
    const parts = { NIFI_CONFIG_DIR: files, NIFI_SECRET_DIR: secretFiles, NIFI_START_DIR: { candidates: '3' } };
    for (const [directory, contents] of Object.entries({ ...parts, NIFI_KEY_DIR: { key } })) {
      const at = directoryEnvironment[directory as keyof typeof directoryEnvironment];
      for (const [file, text] of Object.entries(contents)) write(join(root, at, file), text);
    }
    for (const file of ['tls.crt', 'tls.key', 'ca.crt'])
      write(join(root, directoryEnvironment.NIFI_TLS_DIR, file), file);
    for (const made of [join(dir, `${name}-conf`), join(root, directoryEnvironment.NIFI_DATA_DIR)]) {
      mkdirSync(made, { recursive: true });
    }
    return root;
  }

  function write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Every file of conf; of nifi.properties its keys and values, because their order is nobody's business. */
  function conf(root: string): Record<string, unknown> {
    const read = (name: string): unknown => {
      const text = readFileSync(join(root, confDirectory, name), 'utf8');
      return name === 'nifi.properties' ? parse(text) : text;
    };
    return Object.fromEntries(readdirSync(join(root, confDirectory)).map((name) => [name, read(name)]));
  }

  test('leaves the same files as the script, the Secret part and what only the start knows included', async () => {
    const scripted = container('scripted');
    const handover = join(dir, 'note');
    const { exitCode, output } = await runInContainer(
      { image: join(dir, 'image'), shells: createLimiter(1) },
      { command: ['/bin/sh', `${directoryEnvironment.NIFI_CONFIG_DIR}/start.sh`], volumeMounts: mounts },
      { root: scripted, env: { ...env, NIFI_WAIT_FOR_HOST_SECONDS: '60', NIFI_POD_IP: '127.1.1.1' }, ip: '127.1.1.1' },
      { signal: new AbortController().signal, handover },
    );
    assert.equal(exitCode, 0, output);
    assert.doesNotMatch(output, /does not lead/, "the Pod's own name leads to it");
    const short = container('short');
    assert.equal(handOver(short, env), true);
    const expected = conf(scripted);
    assert.deepEqual(conf(short), expected);
    const properties = expected['nifi.properties'] as Record<string, string>;
    assert.equal(properties['nifi.sensitive.props.key'], 'a \\ key of more than 12');
    assert.equal(properties['nifi.flow.configuration.archive.max.count'], '5');
    assert.equal(expected['logback.xml'], '<configuration/>');
  });

  test('leaves to the script whatever the script would refuse or do besides', () => {
    assert.equal(handOver(container('empty', ''), env), false);
    assert.equal(handOver(container('lines', 'one\ntwo'), env), false);
    const aside = container('aside');
    write(join(aside, directoryEnvironment.NIFI_START_DIR, 'set-aside-0'), 'r1abc');
    assert.equal(handOver(aside, env), false);
    assert.deepEqual(readdirSync(join(dir, 'aside', nifiHome, 'conf')), []);
  });

  test('brings the image its own files into the volume that is mounted as conf', () => {
    const root = container('image-files');
    copyConf(join(dir, 'image', confDirectory), join(root, confDirectory));
    assert.deepEqual(readdirSync(join(dir, 'image-files-conf')), ['README']);
  });

  const mounts = Object.values(directoryEnvironment).map((mountPath) => ({ mountPath }));
});
