// The volumes of a node: which exist, how large they are, and which of NiFi's repositories lives on which.
// The rules here make losing data hard to write: an entry stays, keeps its repository and its class, and never shrinks.
// Surprise: a repository without an entry of its own lives on `data`, so every node has `data` and it is never an emptyDir.

import { enumeration, listMap, object, rule, string } from '../../pkg/schema/helpers.ts';
import { labelPattern, objectName, quantity } from '../../pkg/schema/kubernetes.ts';
import type { Rule, Structural } from '../../pkg/schema/structural.ts';

/** NiFi's repositories that may have volumes of their own. */
const repositories = ['flowfile', 'content', 'provenance'] as const;

const implied = "['flowfile', 'content', 'provenance']";

const entry: Structural = object('One volume of a node.', {
  name: 'StorageVolume',
  required: {
    name: string('Name of the volume; it is mounted at /var/lib/nifi/<name>.', {
      min: 1,
      max: 30,
      pattern: labelPattern,
    }),
    size: quantity('Size of the volume, such as 20Gi; it may grow and never shrinks.'),
  },
  optional: {
    storageClassName: objectName('Storage class; the default class of the Kubernetes cluster when absent.'),
    repository: enumeration(
      'Repository that lives on the volume. The names flowfile, content and provenance imply theirs.',
      repositories,
    ),
  },
  rules: [
    rule(
      `self.name == 'data' ? !has(self.repository) : self.name in ${implied} ? !has(self.repository) || self.repository == self.name : has(self.repository)`,
      'repository: take it off data, flowfile, content and provenance, whose names say it, and give it to every other entry',
    ),
    rule(
      'quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
      'size may not shrink: a volume can only grow; put the former size back or a larger one',
      { fieldPath: '.size' },
    ),
    rule(
      'has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
      'storageClassName cannot be changed on a volume that exists; put the former value back',
    ),
    rule(
      'has(self.repository) == has(oldSelf.repository) && (!has(self.repository) || self.repository == oldSelf.repository)',
      'repository cannot be changed on a volume that exists; put the former value back and add another entry',
    ),
  ],
});

const keepsEntries: Rule = rule(
  'oldSelf.all(former, self.exists(volume, volume.name == former.name))',
  'storage entries may be added, never removed or renamed: put the missing entry back',
);
const oneFlowFileRepository: Rule = rule(
  "self.filter(volume, volume.name == 'flowfile' || (has(volume.repository) && volume.repository == 'flowfile')).size() <= 1",
  'storage may hold one entry for the flowfile repository: NiFi cannot spread it; take the others out',
);
const hasData: Rule = rule(
  "self.exists(volume, volume.name == 'data')",
  'storage needs an entry named data: it holds the flow, the users and the local state; add {name: data, size: …}',
);

/** The volumes that every node has. */
export const storage: Structural = listMap('Volumes of every node; `data` is mandatory.', ['name'], entry, {
  min: 1,
  max: 16,
  default: [{ name: 'data', size: '10Gi' }],
  rules: [hasData, keepsEntries, oneFlowFileRepository],
});

/** The volumes that a group or a node has besides, or larger. */
export const storageOverride: Structural = listMap(
  'Volumes besides those of spec.node, or with another size; merged by name.',
  ['name'],
  entry,
  { max: 16, rules: [keepsEntries, oneFlowFileRepository] },
);
