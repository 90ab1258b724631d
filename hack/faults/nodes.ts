// Faults of what a cluster runs on: Pods, machines, volumes, namespaces, and changes that meet each other.

import type { FaultTable } from './fault.ts';

export const nodeFaults: FaultTable = {
  52: {
    what: 'Another Pod that is killed during a rollout',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'A Pod that is killed while another node is being taken down comes back in the next plan',
      ],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': ['waits for the node that is on its way back'],
    },
  },
  53: {
    what: 'A configuration that breaks every node, and then the mended one',
    tests: {
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'is not waited for by another broken one: all get the mended configuration together',
      ],
      'controllers/nificluster/golden/troubles.test.ts': ['is mended for all of them at once'],
    },
  },
  54: {
    what: 'An image that cannot be pulled, and then one that can',
    tests: {
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'stops with the node that shows it, even where more may be unavailable',
        'starts again with that node when the spec is mended',
      ],
      'controllers/nificluster/golden/upgrades.test.ts': [
        'takes down one node of three, and the right one goes through without a person',
        'takes down one node of five, and nobody else when it is taken back',
      ],
    },
  },
  55: {
    what: 'A Pod that no machine takes, of the configuration that is wanted',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': ['while no machine takes it'],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'stops with the node that shows it, even where more may be unavailable',
      ],
    },
  },
  56: {
    what: 'A request that no machine fulfils, then corrected',
    tests: {
      'controllers/nificluster/bad-input.integration.test.ts': [
        'more than any machine has: told, nothing else touched, and mending is enough',
      ],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'gets the mended configuration first and at once when it ${what}',
      ],
    },
  },
  57: {
    what: 'Drains and evictions',
    tests: {
      'controllers/nificluster/build/resources/resources.test.ts': [
        'leaves all members but as many as may be down, as an integer, and never less than none',
        'lets a node go that is broken anyway',
      ],
      'controllers/nificluster/machines.integration.test.ts': [
        'that are drained let one node go at a time, which comes back elsewhere with its volumes',
      ],
      'controllers/nificluster/golden/troubles.test.ts': [
        'a Kubernetes node is drained: it waits for the budget, and the rollout for the drained node',
      ],
    },
  },
  58: {
    what: 'A machine that is lost with a Pod that ends for ever',
    tests: {
      'controllers/nificluster/plan/node.test.ts': ['is not made while the old one is still being deleted'],
      'controllers/nificluster/machines.integration.test.ts': [
        'that are lost keep the identity of their node: no second Pod is made, and nothing is deleted by force',
      ],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'on a Kubernetes node that was lost is not taken down: its process may go on',
      ],
      'controllers/nificluster/golden/machines.test.ts': [
        'a machine of three is lost: the others wait until it is back',
        'a machine of five is lost: the others wait until it is back',
      ],
    },
  },
  59: {
    what: 'A volume that is deleted or lost',
    tests: {
      'controllers/nificluster/plan/claims.test.ts': [
        'stops its node when it ${what}: no claim and no Pod is created',
        'leaves a Pod alone that still runs when it ${what}',
      ],
      'controllers/nificluster/cluster.integration.test.ts': [
        'a deleted claim stops its node with VolumeLost and is not replaced by an empty one',
      ],
      'controllers/nificluster/plan/disrupt/meetings.test.ts': [
        'has a node that still runs emptied first, so nothing is lost',
        'lets a node without a Pod start on an empty volume',
        'holds for that very volume and for no later one',
      ],
      'controllers/nificluster/volumes.integration.test.ts': [
        'is made anew when it is lost and given up by the words of the refusal, and nobody else is touched',
      ],
      'controllers/nificluster/golden/volumes.test.ts': [
        'of which one is lost: the node stops until a person approves that it begins anew',
      ],
    },
  },
  60: {
    what: 'A volume that grows without a Pod, with another change, or not at all',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'grows also while its node has no Pod, which comes back with it',
        'grows at once when other settings change with it, which wait for their restart',
      ],
      'controllers/nificluster/apply/nodes.test.ts': [
        'that the storage class refuses with ${status} is told with the words of the API server',
      ],
      'controllers/nificluster/bad-input-cluster.integration.test.ts': [
        'a volume that its class does not let grow is told, and grows as soon as the class lets it',
      ],
    },
  },
  61: {
    what: 'A volume that is to shrink',
    tests: {
      'api/v1/nificluster.rules.update.cases.ts': [
        'a volume grows and never shrinks',
        'a volume of a single node never shrinks either',
      ],
      'controllers/nificluster/plan/claims.test.ts': ['never shrinks, and another way of writing it is no change'],
    },
  },
  62: {
    what: 'A volume that is taken out of the spec',
    tests: {
      'api/v1/nificluster.rules.update.cases.ts': ['a volume stays'],
      'controllers/nificluster/plan/resilience.test.ts': [
        'A Pod that comes back mounts the volumes on record, whatever volumes the spec has by then',
      ],
    },
  },
  63: {
    what: 'A rollout and a smaller cluster at once',
    tests: {
      'controllers/nificluster/plan/disrupt/meetings.test.ts': [
        'leave a node alone that is ${state} on its way out, and restart nobody meanwhile',
        'go on with the restarts once that node has left',
      ],
      'controllers/nificluster/golden/offloads.test.ts': [
        'remove who leaves first, and restart who stays, the coordinator last',
        'start who joins with the new configuration, and restart the others',
      ],
    },
  },
  64: {
    what: 'A Pod that is killed while its node is leaving',
    tests: {
      'controllers/nificluster/plan/node.test.ts': [
        'gets its Pod back from its record, because its data has not left it',
      ],
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'whose Pod vanished before our delete was on record is brought back, not taken for gone',
      ],
      'controllers/nificluster/golden/departures.test.ts': [
        'is emptied again when its container restarts after it was OFFLOADED',
      ],
    },
  },
  65: {
    what: 'The last connected node, and a cluster without members',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': ['is not the last one: somebody must take its data'],
      'controllers/nificluster/plan/disrupt/hibernation.test.ts': [
        'sleeps: every Pod goes, nothing is offloaded and nothing else is touched',
      ],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': ['of the only member needs no disconnection'],
      'controllers/nificluster/golden/hibernation.test.ts': [
        'wakes with all its nodes, and who is no member leaves then',
      ],
    },
  },
  66: {
    what: 'A rollout that reaches the coordinator and the primary node',
    tests: {
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'begins with a mark on one Pod, the coordinator’s not among the first',
      ],
      'controllers/nificluster/golden/machines.test.ts': ['the coordinator moves: whoever it is now comes last'],
    },
  },
  67: {
    what: 'Images and starts that take long',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'while its image takes twenty minutes',
        'while its NiFi takes an hour to start',
      ],
      'controllers/nificluster/build/resources/pod.test.ts': ['leave a start an hour'],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': ['is one also when the node merely never arrives'],
    },
  },
  68: {
    what: 'The longest names, and ids whose volumes stayed',
    tests: {
      'api/v1/labels.test.ts': ['stay within what DNS and Kubernetes allow for the longest cluster and the highest id'],
      'controllers/nificluster/bad-input-cluster.integration.test.ts': [
        'the longest names and the highest id come up, and longer ones are refused',
      ],
      'controllers/nificluster/cluster.integration.test.ts': [
        'volumes that an earlier cluster left are taken back only when the spec says so',
      ],
    },
  },
  69: {
    what: 'A namespace that is being deleted',
    tests: {
      'controllers/nificluster/lifecycle.integration.test.ts': [
        'a namespace that ends takes the cluster with it, and nothing is made again in a loop',
      ],
      'controllers/nificluster/apply.test.ts': ['because the namespace is going is no fault of anybody'],
    },
  },
  70: {
    what: 'A configuration above what a ConfigMap holds',
    tests: {
      'controllers/nificluster/bad-input.integration.test.ts': [
        'a file that does not fit into a ConfigMap with the others: told, nothing else touched, and mending is enough',
      ],
    },
  },
};
