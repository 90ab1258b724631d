// The recogniser against a real /bin/sh with a curl and the machine's grep: it may be narrower than the shell, never different.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { judgeProbe, recogniseProbe } from './probe.ts';

const url = 'http://127.0.0.1:52020/health/cluster';
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

describe('recognising probes', () => {
  test('reads path, -f and the pattern out of the usual commands', () => {
    const recognised = recogniseProbe(sh(`curl -fsS --max-time 4 ${url} | grep -q "Status: CONNECTED"`));
    assert.deepEqual(recognised, { path: '/health/cluster', failOnStatus: true, pattern: /Status: CONNECTED/ });
    assert.deepEqual(recogniseProbe(['curl', '-s', url]), {
      path: '/health/cluster',
      failOnStatus: false,
      pattern: undefined,
    });
  });

  test('leaves to the shell what it cannot evaluate exactly', () => {
    const others = [
      sh(`curl -fsS ${url} | grep -q "^Status: .*"`),
      sh(`curl -fsS ${url} | grep -v "DISCONNECTED"`),
      sh(`curl -fsS ${url} | grep -q "$WANTED"`),
      sh(`curl -fsS ${url} || true`),
      sh(`curl -fsS ${url}; echo done`),
      sh(`curl -I ${url}`),
      sh('curl -fsS https://example.org:443/health'),
      ['/bin/sh', '-c', `curl ${url}`, 'argument'],
      ['test', '-f', '/tmp/ready'],
    ];
    assert.deepEqual(
      others.filter((command) => recogniseProbe(command) !== undefined),
      [],
    );
  });

  test('fails on a refused connection', () => {
    const probe = recogniseProbe(sh(`curl -s ${url}`));
    assert.ok(probe);
    assert.equal(judgeProbe(probe, undefined), false);
  });
});

describe('judging an answer', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'probe-'));
    const curl = join(dir, 'curl');
    const lines = ['#!/bin/sh', 'case "$1" in -f*) [ "$STATUS" -lt 400 ] || exit 22 ;; esac', 'printf %s "$BODY"'];
    writeFileSync(curl, `${lines.join('\n')}\n`);
    chmodSync(curl, 0o755);
  });
  after(() => rmSync(dir, { recursive: true }));

  const scripts = [
    `curl -fsS ${url} | grep -q "Status: CONNECTED"`,
    `curl -sS ${url} | grep -q 'Status: CONNECTED'`,
    `curl -sS ${url} | grep -qx 'Status: CONNECTED'`,
    `curl -sS ${url} | grep -qi connected`,
    `curl -sS ${url} | grep -qF 'a.c'`,
    `curl -fsS ${url}`,
    `curl -fsS ${url} > /dev/null`,
    `curl -s ${url}`,
  ];
  const answers = [
    { status: 200, body: 'Status: CONNECTED\n' },
    { status: 200, body: 'Status: CONNECTING\n' },
    { status: 200, body: 'first\nStatus: CONNECTED and more\n' },
    { status: 503, body: 'Status: CONNECTED\n' },
    { status: 200, body: 'abc a.c' },
    { status: 404, body: '' },
  ];
  for (const script of scripts) {
    test(`agrees with the shell on ${script}`, () => {
      const probe = recogniseProbe(sh(script));
      assert.ok(probe);
      for (const answer of answers) {
        assert.equal(judgeProbe(probe, answer), succeeds(script, answer), JSON.stringify(answer));
      }
    });
  }

  function succeeds(script: string, { status, body }: (typeof answers)[number]): boolean {
    try {
      const env = { PATH: `${dir}:/usr/bin:/bin`, STATUS: String(status), BODY: body };
      execFileSync('/bin/sh', ['-c', script], { env, stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }
});
