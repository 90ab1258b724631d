// The shapes that Kubernetes' own API has and ours embeds: quantities, references, selectors, resources, environment, conditions.
// Only the small ones are spelled out; whole Pod types are left to `opaqueObject`, which keeps a CRD small and follows the cluster.
// Surprise: a reference never has a namespace. What a spec names lives in the spec's own namespace.

import { atomicList, enumeration, listMap, map, object, rule, set, string } from './helpers.ts';
import type { Structural } from './structural.ts';

/** A name as RFC 1123 allows in a label: lower case letters, digits, hyphens. */
export const labelPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const subdomainPattern = '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$';
const quantityPattern = '^[0-9]+(\\.[0-9]+)?([kMGTPE]|[KMGTPE]i|m)?$';

export function objectName(description: string): Structural {
  return string(description, { min: 1, max: 253, pattern: subdomainPattern });
}

export function labelValueMap(description: string): Structural {
  return map(description, string('Value.', { max: 63, pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$' }), {
    max: 64,
  });
}

export function annotationMap(description: string): Structural {
  return map(description, string('Value.', { max: 16384 }), { max: 64 });
}

/** A reference to an object by its name alone. */
export function nameRef(description: string, kind: string): Structural {
  return object(description, { name: 'NameReference', required: { name: objectName(`Name of the ${kind}.`) } });
}

/** A key of a Secret or ConfigMap; `defaultKey` makes the key optional. */
export function keyRef(description: string, kind: 'Secret' | 'ConfigMap', defaultKey?: string): Structural {
  const key = string(`Key within the ${kind}.`, {
    min: 1,
    max: 253,
    pattern: '^[-._a-zA-Z0-9]+$',
    ...(defaultKey === undefined ? {} : { default: defaultKey }),
  });
  const name = objectName(`Name of the ${kind}.`);
  return defaultKey === undefined
    ? object(description, { name: 'KeyReference', required: { name, key } })
    : object(description, { name: 'KeyReferenceWithDefault', required: { name }, optional: { key } });
}

/** A quantity as a string: storage sizes, which CEL compares. */
export function quantity(description: string): Structural {
  return string(description, {
    min: 1,
    max: 20,
    pattern: quantityPattern,
    rules: [rule("quantity(self).isGreaterThan(quantity('0'))", 'must be a quantity above 0, such as 10Gi')],
  });
}

/** A quantity that may be written as a bare number: compute resources. */
export function looseQuantity(description: string): Structural {
  return { description, pattern: quantityPattern, 'x-kubernetes-int-or-string': true };
}

export function resources(description: string): Structural {
  const amounts = (text: string): Structural =>
    map(text, looseQuantity('Amount, such as "500m" or "2Gi".'), { max: 16 });
  return object(description, {
    name: 'ResourceRequirements',
    optional: {
      requests: amounts('What the scheduler sets aside, by resource name (cpu, memory …).'),
      limits: amounts('What the container may not exceed, by resource name (cpu, memory …).'),
    },
  });
}

function labelSelector(description: string): Structural {
  const expression = object('One requirement on a label.', {
    required: {
      key: string('Label key.', { min: 1, max: 317 }),
      operator: enumeration('How the values are compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
    },
    optional: { values: atomicList('Values to compare with.', string('Value.', { max: 63 }), { max: 32 }) },
  });
  return object(description, {
    name: 'LabelSelector',
    optional: {
      matchLabels: labelValueMap('Labels that must have these values.'),
      matchExpressions: atomicList('Requirements that must all hold.', expression, { max: 16 }),
    },
  });
}

/** Environment variables: a list keyed by name, with literal values or references. */
export function environment(description: string, ownedNames: readonly string[]): Structural {
  const valueFrom = object('Where the value comes from; exactly one of the sources.', {
    name: 'EnvironmentSource',
    optional: {
      secretKeyRef: keyRef('A key of a Secret.', 'Secret'),
      configMapKeyRef: keyRef('A key of a ConfigMap.', 'ConfigMap'),
      fieldRef: object('A field of the Pod.', {
        required: { fieldPath: string('Path of the field, such as metadata.name.', { min: 1, max: 253 }) },
      }),
    },
    rules: [
      rule(
        '[has(self.secretKeyRef), has(self.configMapKeyRef), has(self.fieldRef)].filter(given, given).size() == 1',
        'give exactly one of secretKeyRef, configMapKeyRef and fieldRef',
      ),
    ],
  });
  const variable = object('One environment variable.', {
    name: 'EnvironmentVariable',
    required: { name: string('Name of the variable.', { min: 1, max: 253, pattern: '^[-._a-zA-Z][-._a-zA-Z0-9]*$' }) },
    optional: { value: string('Literal value; empty when absent.', { max: 32768 }), valueFrom },
    rules: [rule('!(has(self.value) && has(self.valueFrom))', 'give either value or valueFrom, not both')],
  });
  return listMap(description, ['name'], variable, {
    max: 100,
    rules: [
      rule(
        `self.all(variable, !(variable.name in ${JSON.stringify(ownedNames).replaceAll('"', "'")}))`,
        `env may not set ${ownedNames.join(', ')}: the operator owns them; take the entry out`,
      ),
    ],
  });
}

/** The condition list of a status, as Kubernetes' metav1.Condition has it. */
export function conditions(types: string): Structural {
  const condition = object('One aspect of the state.', {
    name: 'Condition',
    required: {
      type: string(`Which aspect. One of ${types}.`, { min: 1, max: 316, pattern: '^[A-Z][A-Za-z0-9]*$' }),
      status: enumeration('Whether it holds.', ['True', 'False', 'Unknown']),
      lastTransitionTime: {
        type: 'string',
        format: 'date-time',
        maxLength: 64,
        description: 'When the status last changed.',
      },
      reason: string('Why, in one word of a closed list.', { min: 1, max: 1024, pattern: '^[A-Z][A-Za-z0-9]*$' }),
      message: string('Why, in a sentence that says what mends it.', { max: 32768 }),
    },
    optional: {
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        description: 'Generation of the spec that this condition judges.',
      },
    },
  });
  return listMap('What is true of the object now; Ready sums it up.', ['type'], condition, { max: 16 });
}

/** A peer of a NetworkPolicy. */
export function networkPeer(description: string): Structural {
  const cidr = (text: string): Structural => string(text, { min: 4, max: 43, pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' });
  return object(description, {
    name: 'NetworkPeer',
    optional: {
      podSelector: labelSelector('Pods, of this namespace unless namespaceSelector is given.'),
      namespaceSelector: labelSelector('Namespaces; an empty selector means all.'),
      ipBlock: object('Addresses outside the cluster.', {
        required: { cidr: cidr('Range, such as 10.0.0.0/8.') },
        optional: { except: set('Ranges inside cidr that are left out.', cidr('Range.'), { max: 32 }) },
      }),
    },
    rules: [
      rule(
        'has(self.ipBlock) || has(self.podSelector) || has(self.namespaceSelector)',
        'a peer needs podSelector, namespaceSelector or ipBlock: an empty selector means all',
      ),
      rule(
        '!(has(self.ipBlock) && (has(self.podSelector) || has(self.namespaceSelector)))',
        'ipBlock stands alone: move podSelector and namespaceSelector to a peer of their own',
      ),
    ],
  });
}
