// Faults between what is and what is seen: crashes between writes, views that are stale, out of order or incomplete, events
// that nobody saw.

import type { FaultTable } from './fault.ts';

export const writeAndViewFaults: FaultTable = {
  1: {
    what: 'A crash between the writes of a restart',
    tests: {
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'goes on after a crash behind ${done} of the three writes',
        'goes on by disconnecting the marked node, asked of the others',
      ],
    },
  },
  2: {
    what: 'A crash behind the creation of a Pod, before any status tells of it',
    tests: {
      'controllers/nificluster/plan/disrupt/meetings.test.ts': [
        'is waited for by a restart of another node, which then goes on',
        'leaves with its node all the same: at once when NiFi never started on its volumes',
      ],
    },
  },
  3: {
    what: 'A crash behind some of the volumes of a node',
    tests: {
      'controllers/nificluster/plan/node.test.ts': [
        'needs exactly the remaining steps after a crash behind step ${done + 1}, ${steps[done]?.kind}',
      ],
      'controllers/nificluster/apply.test.ts': [
        'that is carried out again after a crash creates nothing twice and says nothing twice',
      ],
    },
  },
  4: {
    what: 'A crash behind the disconnection of a node that leaves',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'is marked, disconnected, marked as offloading and offloaded',
      ],
    },
  },
  5: {
    what: 'A crash behind the offload of a node, before its Pod is deleted',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'is on record as offloaded before NiFi is told to forget it',
        'loses its Pod on the proof, and the accepted delete goes on record',
        'whose Pod is going with the proven container needs no second delete',
      ],
    },
  },
  6: {
    what: 'A Pod that is gone while NiFi still lists its node',
    tests: {
      'controllers/nificluster/plan/disrupt/hibernation.test.ts': ['are deleted again once NiFi has them as gone'],
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'whose Pod vanished before our delete was on record is brought back, not taken for gone',
      ],
    },
  },
  11: {
    what: 'A crash in the middle of clearing up after a cluster',
    tests: {
      'controllers/nificluster/cleanup.test.ts': [
        'goes on after a failure where it was',
        'does not repeat itself for every event of a vanishing cluster, but does for the next one',
      ],
    },
  },
  12: {
    what: 'A crash behind each single write, and another one during the recovery',
    tests: {
      'controllers/nificluster/model/crash.model.test.ts': [
        'changes nothing when a node leaves and another comes',
        'and another one behind each write of the recovery changes nothing when a node leaves',
      ],
      'e2e/crash/crash.integration.test.ts': [
        'two undisturbed bring-ups end alike, and each object is created once',
        'after a write to NiFi, before it hears of it, leaves the same cluster behind',
        'after a write to Kubernetes of which it has heard leaves the same cluster behind',
        'twice leaves the same cluster behind (CRASH_SEED=${seed})',
      ],
    },
  },
  13: {
    what: 'A process that ends at any moment, in ten thousand random histories',
    tests: {
      'controllers/nificluster/model/rollout.model.test.ts': [
        'lose nothing, keep the others up, and end as the spec says',
      ],
    },
  },
  14: {
    what: 'A write whose answer is lost and which was carried out',
    tests: {
      'pkg/kube/client.test.ts': [
        'ends a call that gets no answer at its deadline and calls the outcome of a write unknown',
      ],
      'pkg/kube/kube.integration.test.ts': ['reads back after an answer was lost: the write had been carried out'],
      'controllers/nificluster/apply/nodes.test.ts': ['takes one that is there and ours as created'],
      'e2e/travel/cuts.integration.test.ts': [
        'restarts every node once, and empties the one that leaves, while its writes are refused, or carried out and never answered',
      ],
    },
  },
  15: {
    what: 'A cache that still shows a deleted Pod',
    tests: {
      'pkg/kube/consistency.test.ts': ['waits for a deletion until the object is gone, another one, or terminating'],
      'controllers/nificluster/apply/nodes.test.ts': ['leaves one alone that ${what}, without a word'],
      'e2e/travel/stale.integration.test.ts': [
        'deletes no Pod twice and takes no second node down in the middle of a restart that it has not seen',
      ],
    },
  },
  16: {
    what: 'A cache that does not show yet what was created',
    tests: {
      'pkg/kube/consistency.test.ts': ['waits until the cache has seen the newest version that was written'],
      'controllers/nificluster/apply/nodes.test.ts': [
        'takes one that is there and ours as created',
        'never takes one ${what}',
      ],
      'controllers/nificluster/apply.test.ts': [
        'under the name of a Pod is left alone and told',
        'of an earlier cluster of this name is not ours either',
      ],
    },
  },
  17: {
    what: 'An API server that lags and shows the deletion of an earlier cluster of the name',
    tests: {
      'controllers/nificluster/observe.test.ts': [
        'has the Pods of this very cluster, and none of an earlier one or of nobody',
      ],
      'pkg/kube/kube.integration.test.ts': ['refuses an old list that a lagging API server gives'],
      'controllers/nificluster/apply/verify.test.ts': [
        'says no to a cluster that is gone, or is another one of the same name',
      ],
      'controllers/nificluster/apply/takedown.test.ts': ['loses nothing'],
      'controllers/nificluster/cleanup.test.ts': [
        'takes nothing from a cluster that is there after all: the cache may show the time before it was made',
      ],
      'e2e/travel/stale.integration.test.ts': [
        'deletes nothing because of the deletion of an earlier cluster of the name, nor because there was none',
        'leaves key, Leases and state of a cluster that it does not see yet, because it reads before it clears up',
      ],
    },
  },
  18: {
    what: 'A Pod that somebody replaces between our look and our delete',
    tests: {
      'controllers/nificluster/apply/nodes.test.ts': [
        'deletes the very Pod that the plan saw',
        'leaves one alone that ${what}, without a word',
      ],
    },
  },
  19: {
    what: 'A list that is older than what was seen',
    tests: {
      'pkg/kube/reflector.test.ts': ['refuses a list that is older than what it has seen and never goes back in time'],
      'pkg/kube/store.test.ts': ['never lets a bookmark or an event take a partition back in time'],
      'pkg/kube/kube.integration.test.ts': ['refuses an old list that a lagging API server gives'],
    },
  },
  20: {
    what: 'An older state of the spec after a newer one was acted upon',
    tests: {
      'pkg/kube/reflector.test.ts': ['skips an event that is not newer than what it has seen'],
      'controllers/nificluster/apply/verify.test.ts': [
        'says no to a cluster that ${what}, and asks again the next time',
      ],
      'e2e/travel/stale.integration.test.ts': [
        'takes no node out that it does not know to be wanted',
        'takes none out either when only a consistent read tells',
        'would take it out if that read told of the past too, and brings it back when it learns better',
      ],
    },
  },
  21: {
    what: 'Kinds whose events arrive in another order than they happened',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'whose kinds are of different ages takes no Pod down and no volume away',
      ],
    },
  },
  22: {
    what: 'A status that others write all the time',
    tests: {
      'controllers/nificluster/status-writer.test.ts': [
        'is written as the fields that differ, null for one that is gone, to this very object',
        'that could not be written is a failure',
      ],
    },
  },
  23: {
    what: 'Lists in another order',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': ['in another order is the same view'],
      'controllers/nificluster/build/revision.test.ts': ['do not depend on the order of keys'],
    },
  },
  24: {
    what: 'A cache that is empty because it was never filled, or because a right was taken away',
    tests: {
      'pkg/kube/reflector.test.ts': [
        'keeps everything it has when it may no longer list: unknown is not empty',
        'is never synced while a kind is missing or forbidden',
      ],
      'pkg/kube/manager.test.ts': ['starts its workers only when every required cache is synced'],
    },
  },
  25: {
    what: 'A Pod that was deleted and made again under its name unseen',
    tests: {
      'pkg/kube/store.test.ts': ['notices an object that was deleted and made anew unseen by its UID'],
    },
  },
  26: {
    what: 'A Pod that ended: evicted, failed, or done',
    tests: {
      'controllers/nificluster/plan/node.test.ts': ['is made room for when it is ${phase}: nothing runs in it'],
      'controllers/nificluster/lifecycle.integration.test.ts': [
        'an evicted Pod comes back with its volume, and the other node notices nothing',
      ],
    },
  },
  27: {
    what: 'A cluster that is deleted and made again while no operator runs',
    tests: {
      'controllers/nificluster/lifecycle.integration.test.ts': [
        'a cluster that was deleted and made again while no operator ran takes over nothing silently',
      ],
    },
  },
  28: {
    what: 'A spec that goes there and back before anybody looks',
    tests: {
      'controllers/nificluster/bad-input-cluster.integration.test.ts': [
        'there and back before anybody looked restarts nothing',
      ],
    },
  },
  29: {
    what: 'An id that is put back while its node is being emptied',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'that is wanted again when it was offloading is taken back',
        'that is wanted again when it was proven is taken back',
        'goes to its end once its Pod is deleted, also when the id is wanted again',
      ],
    },
  },
  30: {
    what: 'A node that is taken out while it joins',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'that never started is empty by definition',
        'that started and went while nobody looked is not taken for one that never did: NiFi knows of it',
      ],
    },
  },
};
