// What a user may write into NiFi's own files: single properties, whole files, and both from Secrets and ConfigMaps.
// The rules that refuse operator-owned keys are made from owned-properties.ts, so list and admission cannot differ.
// Surprise: `configFrom` is laid over `config`, and what comes from a Secret wins over all, since it is added at the node's start.

import { atomicList, enumeration, map, object, rule, string } from '../../pkg/schema/helpers.ts';
import { objectName } from '../../pkg/schema/kubernetes.ts';
import type { Rule, Structural } from '../../pkg/schema/structural.ts';
import { operatorOwnedProperties, type PropertyFile } from './owned-properties.ts';

/** Files that may be replaced as a whole. The others hold what keeps nodes together (identities, state) and are the operator's. */
export const replaceableFiles = ['logback.xml', 'zookeeper.properties'] as const;

/** Files that `configFrom` may fill: properties are merged by key, other files are replaced as a whole. */
const configFromFiles = ['nifi.properties', 'bootstrap.conf', ...replaceableFiles] as const;

function celList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(',')}]`;
}

function ownedRules(field: string, file: PropertyFile): Rule[] {
  const { keys, prefixes } = operatorOwnedProperties[file];
  const owned = `${celList(keys)}.filter(key, key in self)`;
  const rules: Rule[] = [
    {
      rule: `${owned}.size() == 0`,
      message: `${field} sets a property that the operator owns: take it out`,
      messageExpression: `'${field} may not set ' + ${owned}[0] + ': the operator owns it; take it out'`,
      reason: 'FieldValueForbidden',
    },
  ];
  if (prefixes.length > 0) {
    const tests = prefixes.map((prefix) => `key.startsWith('${prefix}')`).join(' || ');
    rules.push(
      rule(
        `!self.exists(key, ${tests})`,
        `${field} may not set a property that begins with one of ${prefixes.join(', ')}: the operator owns them; take it out`,
        { reason: 'FieldValueForbidden' },
      ),
    );
  }
  return rules;
}

function properties(description: string, field: string, file: PropertyFile): Structural {
  const value = string('Value of the property, on one line.', { max: 8192, pattern: '^[^\\r\\n]*$' });
  return map(description, value, {
    max: 256,
    rules: [
      ...ownedRules(field, file),
      rule(
        "!self.exists(key, key == '' || key.contains(' ') || key.contains('=') || key.contains(':') || key.contains('#') || key.contains('!') || key.contains('\\\\') || key.contains('\\n'))",
        `${field}: a key is empty or holds a blank, one of = : # ! \\ or a line break; write the property's plain name`,
      ),
    ],
  });
}

const files: Structural = map(
  `Whole files by name, put in the place of the operator's: ${replaceableFiles.join(', ')}.`,
  string('The whole text of the file.', { max: 262144 }),
  {
    max: replaceableFiles.length,
    rules: [
      rule(
        `self.all(file, file in ${celList(replaceableFiles)})`,
        `files may hold ${replaceableFiles.join(' and ')} only: use nifiProperties, bootstrapConf, spec.auth or spec.access for the others`,
      ),
    ],
  },
);

/** Inline configuration. */
export const config: Structural = object('Configuration written in place; configFrom is laid over it.', {
  name: 'NodeConfig',
  optional: {
    nifiProperties: properties(
      'Properties for nifi.properties. Those that the operator owns are refused.',
      'nifiProperties',
      'nifi.properties',
    ),
    bootstrapConf: properties(
      'Properties for bootstrap.conf. Those that the operator owns are refused.',
      'bootstrapConf',
      'bootstrap.conf',
    ),
    files,
  },
});

function source(kind: 'Secret' | 'ConfigMap'): Structural {
  return object(`A ${kind} of this namespace.`, {
    name: 'ConfigSource',
    required: { name: objectName(`Name of the ${kind}.`) },
    optional: {
      key: string("Key that holds the file's text; the file's own name when absent.", {
        min: 1,
        max: 253,
        pattern: '^[-._a-zA-Z0-9]+$',
      }),
    },
  });
}

/** Configuration out of other objects. */
export const configFrom: Structural = atomicList(
  'Configuration out of Secrets and ConfigMaps, laid over config; a later entry wins, a Secret wins over a ConfigMap.',
  object('One file out of one object.', {
    name: 'ConfigFrom',
    required: {
      file: enumeration('File that the text goes into. Properties merge by key, other files replace.', configFromFiles),
    },
    optional: { secretRef: source('Secret'), configMapRef: source('ConfigMap') },
    rules: [
      rule(
        'has(self.secretRef) != has(self.configMapRef)',
        'a configFrom entry needs exactly one of secretRef and configMapRef',
      ),
    ],
  }),
  { max: 16 },
);
