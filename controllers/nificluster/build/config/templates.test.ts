import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Handlebars from 'handlebars';
import { renderNodeConfig } from './render.ts';
import { renderTemplate, type TemplateName, templateHelpers, templateSources, type Views } from './templates.ts';
import { aNode } from './testing.ts';

const entries = [{ key: 'a', value: 'b' }];
const trust = { store: 's', password: 'p', onTopOfJdk: true, certificates: 'c d' };
const samples: Views = {
  'nifi.properties': { sections: [{ title: 't', entries }] },
  'bootstrap.conf': { entries },
  'secret.properties': { entries },
  'zookeeper.properties': {},
  'authorizers.xml': {
    dataDirectory: '/d',
    operatorIdentity: 'CN=o',
    nodeIdentity: 'n',
    directory: { properties: [{ name: 'Url', value: 'ldap://l' }] },
    userGroupProvider: 'p',
  },
  'login-identity-providers.xml': {
    singleUser: { username: 'u', passwordHash: 'h' },
    ldap: { properties: [{ name: 'Url', value: 'ldap://l' }] },
  },
  'state-management.xml': {
    dataDirectory: '/d',
    configMapPrefix: 'c',
    zooKeeper: { connectString: 'zk:2181', rootNode: '/r' },
  },
  'logback.xml': {},
  'start.sh': { nodeId: 1, host: 'h', tls: true, files: 'a b', secretFiles: '', trust },
};
const names = Object.keys(templateSources) as TemplateName[];

/** Every path that a template reads, in each context that it reads it in, with the value found there. */
function pathsOf(program: hbs.AST.Program, contexts: readonly unknown[]): { path: string; found: boolean }[] {
  return program.body.flatMap((statement) => {
    if (statement.type === 'MustacheStatement')
      return expressionPaths(statement as hbs.AST.MustacheStatement, contexts);
    if (statement.type !== 'BlockStatement') {
      assert.match(statement.type, /^(ContentStatement|CommentStatement)$/);
      return [];
    }
    const block = statement as hbs.AST.BlockStatement;
    const [parameter] = block.params as hbs.AST.PathExpression[];
    assert(parameter !== undefined && /^(if|each)$/.test(block.path.original));
    const inner =
      block.path.original === 'each' ? contexts.flatMap((one) => read(one, parameter) as unknown[]) : contexts;
    const own = contexts.map((one) => ({ path: parameter.original, found: read(one, parameter) !== undefined }));
    return [...own, ...[block.program, block.inverse].flatMap((body) => (body ? pathsOf(body, inner) : []))];
  });
}

function expressionPaths(
  statement: hbs.AST.MustacheStatement,
  contexts: readonly unknown[],
): { path: string; found: boolean }[] {
  const head = statement.path as hbs.AST.PathExpression;
  const isHelper = Object.hasOwn(templateHelpers, head.original);
  assert.equal(isHelper, statement.params.length > 0, `${head.original} is neither a helper nor a path`);
  const paths = (isHelper ? statement.params : [head]) as hbs.AST.PathExpression[];
  return paths.flatMap((path) =>
    contexts.map((one) => ({ path: path.original, found: read(one, path) !== undefined })),
  );
}

function read(context: unknown, path: hbs.AST.PathExpression): unknown {
  return path.parts.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], context);
}

describe('templates', () => {
  for (const name of names) {
    test(`${name} reads only what its view has`, () => {
      const paths = pathsOf(Handlebars.parse(templateSources[name]), [samples[name]]);
      assert.deepEqual(
        paths.filter(({ found }) => !found),
        [],
      );
      assert.equal(paths.length === 0, Object.keys(samples[name]).length === 0);
    });
  }

  test('a name that the view lacks is an error, not an empty text', () => {
    const incomplete = { dataDirectory: '/d', operatorIdentity: 'CN=o' } as Views['authorizers.xml'];
    assert.throws(() => renderTemplate('authorizers.xml', incomplete), /needs a text and its view has undefined/);
    const nameless = { host: 'h', tls: false, files: '', secretFiles: '' } as Views['start.sh'];
    assert.throws(() => renderTemplate('start.sh', nameless), /"nodeId" not defined/);
  });

  test('no text of a view can become markup, a property or a command', () => {
    const xml = renderTemplate('state-management.xml', { ...samples['state-management.xml'], dataDirectory: '</a>"&' });
    assert.match(xml, /<property name="Directory">&lt;\/a&gt;&quot;&amp;\/state\/local</);
    const line = renderTemplate('bootstrap.conf', { entries: [{ key: 'k', value: 'v\nother=1' }] });
    assert.match(line, /^k=v\\nother=1$/m);
    const script = renderTemplate('start.sh', { ...samples['start.sh'], host: "h'; rm -rf /; '" });
    assert.match(script, /^host='h'\\''; rm -rf \/; '\\'''$/m);
  });
});

test('no file of a node holds anything that was meant for Handlebars or came out of nothing', () => {
  for (const [name, text] of Object.entries(renderNodeConfig(aNode()).files)) {
    assert.doesNotMatch(text, /\{\{|\}\}|undefined|\[object/, name);
  }
});
