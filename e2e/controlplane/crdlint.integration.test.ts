import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { type Cmd, ensureBinaries } from './binaries.ts';

interface Run {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

const SIZE = { type: 'integer', minimum: 1, default: 3 };
const RULE = { rule: 'self.size < 10', message: 'must be below 10' };

/** A valid definition; `properties` join those of its spec, `rules` replace its CEL rules. */
function definition(properties: object = {}, rules: readonly object[] = [RULE]): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: { size: SIZE, ...properties },
                  'x-kubernetes-validations': rules,
                },
              },
            },
          },
        },
      ],
    },
  };
}

// Of a schema that all versions share the API server speaks as `spec.validation`; strict decoding comes before and sees the file's own path.
const SPEC = 'spec.validation.openAPIV3Schema.properties[spec]';
const unboundedNames = { names: { type: 'array', items: { type: 'string' } } };

const REFUSED: readonly { readonly what: string; readonly crd: object; readonly message: string | RegExp }[] = [
  {
    what: 'const',
    crd: definition({ kind: { type: 'string', const: 'a' } }),
    message: 'unknown field "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.kind.const"',
  },
  {
    what: 'patternProperties',
    crd: definition({ labels: { type: 'object', patternProperties: { '^a': { type: 'string' } } } }),
    message: `${SPEC}.properties[labels].patternProperties: Forbidden`,
  },
  {
    what: 'a keyword that does not exist',
    crd: definition({ name: { type: 'string', frobnicate: true } }),
    message: /unknown field ".*\.name\.frobnicate"/,
  },
  {
    what: 'a default out of its own range',
    crd: definition({ size: { ...SIZE, default: 0 } }),
    message: `${SPEC}.properties[size].default: Invalid value: 0: in body should be greater than or equal to 1`,
  },
  {
    what: 'CEL that does not compile',
    crd: definition({}, [{ rule: 'self.sise < 10', message: 'm' }]),
    message: /x-kubernetes-validations\[0\]\.rule: Invalid value: .*undefined field 'sise'/,
  },
  {
    what: 'CEL over its budget',
    crd: definition(unboundedNames, [{ rule: 'self.names.all(a, self.names.all(b, a != b))', message: 'm' }]),
    message:
      /x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x/,
  },
  {
    what: 'a field without a type',
    crd: definition({ free: { description: 'anything' } }),
    message: `${SPEC}.properties[free].type: Required value`,
  },
  {
    what: 'a map-like list whose key is optional',
    crd: definition({
      nodes: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['id'],
        items: { type: 'object', properties: { id: { type: 'integer' } } },
      },
    }),
    message: /properties\[nodes\]\.items\.properties\[id\]\.default: Required value/,
  },
  {
    what: 'a name that is not plural.group',
    crd: { ...definition(), metadata: { name: 'thing.example.org' } },
    message: 'metadata.name: Invalid value: "thing.example.org": must be spec.names.plural+"."+spec.group',
  },
  { what: 'another kind', crd: { apiVersion: 'v1', kind: 'Pod' }, message: /no kind "Pod" is registered/ },
];

describe('the CRD linter', () => {
  let dir: string;
  let crdlint: Cmd;

  before(async () => {
    ({ crdlint } = await ensureBinaries({ onProgress: (line) => process.stderr.write(`${line}\n`) }));
    dir = await mkdtemp(join(tmpdir(), 'crdlint-'));
  });
  after(async () => await rm(dir, { recursive: true }));

  async function lint(content: string, ...flags: string[]): Promise<Run> {
    const file = join(dir, 'crd.yaml');
    await writeFile(file, content);
    return await new Promise((resolve) => {
      execFile(crdlint.path, [...crdlint.args, ...flags, file], (error, stdout) => {
        const lines = stdout.split('\n').filter((line) => line !== '');
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, lines });
      });
    });
  }

  test('accepts a valid definition in silence', async () => {
    assert.deepEqual(await lint(stringify(definition())), { exitCode: 0, lines: [] });
  });

  for (const { what, crd, message } of REFUSED) {
    test(`refuses ${what}, naming the file and the field`, async () => {
      const { exitCode, lines } = await lint(stringify(crd));
      assert.equal(exitCode, 1);
      assert.ok(lines.every((line) => line.startsWith(`${join(dir, 'crd.yaml')}: `)));
      const found = lines.some((line) => (typeof message === 'string' ? line.includes(message) : message.test(line)));
      assert.ok(found, lines.join('\n'));
    });
  }

  test('checks every document of a file, and refuses a file that has none', async () => {
    const bad = definition({ kind: { type: 'string', const: 'a' } });
    const { exitCode } = await lint(`# head\n---\n${stringify(definition())}---\n${stringify(bad)}`);
    assert.equal(exitCode, 1);
    assert.deepEqual((await lint('# nothing\n---\n')).exitCode, 1);
  });

  test('says several errors of one definition at once', async () => {
    const crd = definition({ kind: { type: 'string', const: 'a' }, free: { description: 'anything' } });
    const { lines } = await lint(stringify(crd));
    assert.ok(lines.some((line) => line.includes('kind.const')) && lines.some((line) => line.includes('[free].type')));
  });

  test('warns of a format that the API server does not know', async () => {
    const { exitCode, lines } = await lint(stringify(definition({ name: { type: 'string', format: 'zip' } })));
    assert.equal(exitCode, 0);
    assert.match(lines[0] ?? '', /warning: unrecognized format "zip"/);
  });

  test('estimates the cost of each rule, the most expensive first', async () => {
    const names = { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 50 } };
    const costly = { rule: "self.names.all(name, name.contains('x'))", message: 'm' };
    const { exitCode, lines } = await lint(stringify(definition({ names }, [RULE, costly])), '--costs');
    assert.equal(exitCode, 0);
    assert.equal(lines.length, 2);
    const costs = lines.map((line) => Number(/: cost (\d+) of 10000000 /.exec(line)?.[1]));
    assert.match(lines[0] ?? '', /properties\[spec\]\.x-kubernetes-validations\[1\]$/);
    assert.ok((costs[0] ?? 0) > (costs[1] ?? 0) && (costs[1] ?? 0) > 0, lines.join('\n'));
  });
});
