// What a node gets: compute, heap, volumes, configuration, environment, and the Pod template laid over the built Pod.
// One shape in three places: spec.node (with defaults, for every node), nodeGroups[].node and nodes[].node (overrides).
// Surprise: only spec.node carries defaults; a default inside an override would override what spec.node says.

import { atomicList, object, opaqueObject, rule, string } from '../../pkg/schema/helpers.ts';
import { annotationMap, environment, labelValueMap, resources } from '../../pkg/schema/kubernetes.ts';
import type { Rule, Structural } from '../../pkg/schema/structural.ts';
import { config, configFrom } from './nificluster.config.schema.ts';
import { storage, storageOverride } from './nificluster.storage.schema.ts';
import { operatorOwnedEnvironment } from './owned-properties.ts';

const args: Structural = atomicList(
  'More arguments for the JVM; a group or node replaces the list.',
  string('One argument without blanks or wildcards, such as -XX:+UseZGC.', {
    min: 2,
    max: 1024,
    pattern: '^-[^\\s*?\\[\\]]+$',
  }),
  {
    max: 64,
    rules: [
      rule(
        "!self.exists(arg, arg.startsWith('-Xmx') || arg.startsWith('-Xms'))",
        'jvm.args may not set -Xms or -Xmx: give the heap as jvm.heap',
      ),
    ],
  },
);

function heap(defaultHeap?: string): Structural {
  return string('Heap of the JVM, first and highest size alike, such as 512m or 4g.', {
    min: 2,
    max: 12,
    pattern: '^[1-9][0-9]*[kKmMgG]$',
    ...(defaultHeap === undefined ? {} : { default: defaultHeap }),
  });
}

const podTemplate: Structural = object(
  'Laid over the Pod that the operator builds; the result must still be admitted.',
  {
    name: 'PodTemplate',
    optional: {
      metadata: object('Labels and annotations of the Pod.', {
        optional: {
          labels: labelValueMap('Labels to add.'),
          annotations: annotationMap('Annotations to add.'),
        },
        rules: [
          rule(
            "(!has(self.labels) || !self.labels.exists(key, key.startsWith('nifi.datadynamics.io/') || key in ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'])) && (!has(self.annotations) || !self.annotations.exists(key, key.startsWith('nifi.datadynamics.io/')))",
            "podTemplate.metadata may not set the operator's own labels and annotations: take nifi.datadynamics.io/… and app.kubernetes.io/… out",
          ),
        ],
      }),
      spec: opaqueObject(
        'Fields of a PodSpec, such as tolerations or sidecars. Keyed lists merge by key, the rest is replaced.',
      ),
    },
  },
);

const heapFitsMemory: Rule = rule(
  "!has(self.resources) || !has(self.resources.limits) || !('memory' in self.resources.limits) || !isQuantity(string(self.resources.limits['memory'])) || quantity(self.jvm.heap.upperAscii().replace('K', 'Ki').replace('M', 'Mi').replace('G', 'Gi')).compareTo(quantity(string(self.resources.limits['memory']))) < 0",
  'jvm.heap must be below resources.limits.memory, which also holds what the JVM needs besides the heap: lower the one or raise the other',
);

/** Settings of every node. Groups and nodes merge over them: maps and keyed lists by key, everything else replaced. */
export const nodeSettings: Structural = object('What every node gets; groups and single nodes override it.', {
  name: 'NodeSettings',
  default: {},
  optional: {
    resources: resources('Compute resources of the NiFi container.'),
    jvm: object('The Java virtual machine.', { default: {}, optional: { heap: heap('1g'), args } }),
    storage,
    config,
    configFrom,
    env: environment('Environment variables of the NiFi container.', operatorOwnedEnvironment),
    podTemplate,
  },
  rules: [heapFitsMemory],
});

/** The same settings where they override: nothing is required and nothing has a default. */
export const nodeOverride: Structural = object('What differs from spec.node.', {
  name: 'NodeOverride',
  optional: {
    resources: resources('Compute resources of the NiFi container; merged by resource name.'),
    jvm: object('The Java virtual machine.', { optional: { heap: heap(), args } }),
    storage: storageOverride,
    config,
    configFrom,
    env: environment('Environment variables; merged by name.', operatorOwnedEnvironment),
    podTemplate,
  },
});
