// Volumes with NARs and Python extensions: the same for every node, because every node must know every processor of the flow.
// A source is mounted read-only at /opt/nifi/extensions/<name>; NiFi searches it for NARs and for Python processors.
// Surprise: an extension may be changed, added and removed at any time, unlike a volume of `storage`: nothing in it is NiFi's data.

import { enumeration, listMap, object, rule, string } from '../../pkg/schema/helpers.ts';
import { labelPattern, nameRef, objectName } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';

const extension: Structural = object('One read-only source of extensions.', {
  name: 'Extension',
  required: {
    name: string('Name of the source; it is mounted at /opt/nifi/extensions/<name>.', {
      min: 1,
      max: 30,
      pattern: labelPattern,
    }),
  },
  optional: {
    persistentVolumeClaim: object('A claim that all nodes can read at once (ReadOnlyMany or ReadWriteMany).', {
      required: { claimName: objectName('Name of the claim.') },
    }),
    configMap: nameRef('A ConfigMap; every key is a file, 1 MiB in all.', 'ConfigMap'),
    image: object('An image, mounted as a volume; Kubernetes 1.33 or newer.', {
      required: { reference: string('Image reference.', { min: 1, max: 512, pattern: '^[^\\s]+$' }) },
      optional: { pullPolicy: enumeration('When the image is pulled.', ['Always', 'IfNotPresent', 'Never']) },
    }),
  },
  rules: [
    rule(
      '[has(self.persistentVolumeClaim), has(self.configMap), has(self.image)].filter(given, given).size() == 1',
      'an extension needs exactly one of persistentVolumeClaim, configMap and image',
    ),
  ],
});

export const extensions: Structural = listMap(
  'Volumes with NARs and Python extensions, for every node.',
  ['name'],
  extension,
  {
    max: 16,
  },
);
