// Faults of the operator and of what it talks to: crashes between writes, views that are stale or incomplete, the
// connection to the API server, leadership.

import type { FaultTable } from './fault.ts';

export const operatorFaults: FaultTable = {
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
      'e2e/crash/crash.integration.test.ts': [
        'two undisturbed bring-ups end alike, and each object is created once',
        'after any write to NiFi, before it hears of it, leaves the same cluster behind',
        'after a write to Kubernetes of which it has heard leaves the same cluster behind',
        'twice leaves the same cluster behind (CRASH_SEED=${seed})',
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
    },
  },
  15: {
    what: 'A cache that still shows a deleted Pod',
    tests: {
      'pkg/kube/consistency.test.ts': ['waits for a deletion until the object is gone, another one, or terminating'],
      'controllers/nificluster/apply/nodes.test.ts': ['leaves one alone that ${what}, without a word'],
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
  31: {
    what: 'A watch whose connection is dead without a word',
    tests: {
      'pkg/kube/watch.test.ts': ['is cut when it is black-holed before or after the headers'],
      'pkg/kube/kube.integration.test.ts': ['loses nothing when its connection is reset, closed or black-holed'],
    },
  },
  32: {
    what: '410: as an answer, in the stream, on a later page of a list',
    tests: {
      'pkg/kube/reflector.test.ts': [
        'relists after 410 as the answer to a watch',
        'relists at the last version after 410 in the stream, and makes deletions out of what is gone',
        'throws away what it read and lists whole when a later page answers 410',
      ],
    },
  },
  33: {
    what: 'A kind in which nothing happens for longer than the history is kept',
    tests: {
      'pkg/kube/reflector.test.ts': [
        'keeps the version of a quiet kind by bookmarks, so that compaction costs no relist',
      ],
    },
  },
  34: {
    what: '429, 500, 503, and a version that the server does not have yet',
    tests: {
      'pkg/kube/client.test.ts': [
        'waits as long as Retry-After says after 429 and 503, and gives up after five tries',
        'never repeats a write that was answered 500 or 429 without Retry-After',
      ],
      'pkg/kube/reflector.test.ts': [
        'waits and watches on at the same version after 429 and 503',
        'takes a quorum read when the API server is behind the version it asks for',
      ],
    },
  },
  35: {
    what: 'Ten minutes without an API server',
    tests: {
      'pkg/kube/reflector.test.ts': ['asks at most 25 times in ten minutes of outage and is back within a minute'],
      'pkg/kube/manager.test.ts': [
        'is unhealthy when its queue makes no progress, but not when the API server is away',
      ],
      'pkg/kube/kube.integration.test.ts': [
        'is back soon after the API server was restarted, without losing what happened before and after',
      ],
    },
  },
  36: {
    what: 'Lines that are split inside a character, very long, or garbage',
    tests: {
      'pkg/kube/watch.test.ts': [
        'joins a line that is split inside a character',
        'takes a line of 5 MB',
        'delivers what came before a garbage line and then fails',
      ],
    },
  },
  37: {
    what: 'A token or an authority that is exchanged, a token file that is away for a moment',
    tests: {
      'pkg/kube/access.test.ts': [
        'reads a rotated token after a minute, or at once when it was refused',
        'keeps what it has while a file is missing or empty',
      ],
      'pkg/kube/client.test.ts': ['takes new credentials after 401 and tries once more'],
      'pkg/kube/transport.test.ts': [
        'keeps its connection while the TLS material is the same and opens another when it rotates',
      ],
    },
  },
  38: {
    what: 'An API server that takes seconds for everything',
    tests: {
      'pkg/kube/lease.test.ts': ['keeps the lease while every call takes four seconds'],
      'pkg/kube/controller.test.ts': ['works on as many keys at once as it has workers, and on one key only once'],
      'pkg/kube/client.test.ts': ['does not send a call whose deadline passed while it waited for a socket'],
    },
  },
  39: {
    what: 'Pods that admission refuses',
    tests: {
      'controllers/nificluster/apply.test.ts': [
        'with ${status} to "${line.source}" is told as ${reason} in the API server\'s words, and the others go on',
      ],
      'controllers/nificluster/apply/refused.test.ts': ['waits for a pause that doubles up to half a minute'],
      'controllers/nificluster/bad-input-objects.integration.test.ts': [
        'the Pods of the operator pass `restricted`; one with a template that breaks it is refused visibly and without a loop',
      ],
    },
  },
  40: {
    what: 'Webhooks that put sidecars and defaults into Pods',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'A Pod that webhooks have filled with sidecars, defaults and annotations is the one that was asked for',
      ],
      'controllers/nificluster/plan/shared.test.ts': [
        'has nothing written for what the API server and others added to its objects',
      ],
    },
  },
  41: {
    what: 'Another controller that sets the same field again and again',
    tests: {
      'controllers/nificluster/bad-input-objects.integration.test.ts': [
        'a field that somebody else sets is told with his name and not fought for, and given up it is ours again',
      ],
      'controllers/nificluster/apply/refused.test.ts': ['waits for a pause that doubles up to half a minute'],
    },
  },
  43: {
    what: 'A leader that is stopped for a minute and wakes up',
    tests: {
      'pkg/kube/lease.handover.test.ts': [
        'never both write although the leader was stopped for a minute and wakes up as if nothing had happened',
      ],
    },
  },
  44: {
    what: 'An event loop that is blocked beyond the lease',
    tests: {
      'pkg/kube/lease.test.ts': [
        'writes nothing after the deadline when the event loop was blocked, whatever runs first afterwards',
      ],
      'pkg/kube/client.test.ts': [
        'writes nothing after the deadline although the event loop was blocked and the write was already under way',
      ],
    },
  },
  45: {
    what: 'A lease that is deleted, edited by hand, or refused',
    tests: {
      'pkg/kube/lease.test.ts': [
        'stops at once when the lease is deleted or given to another by hand, and does not take it back',
        'stops leading when it could not renew for ten seconds, whatever the error is',
      ],
      'pkg/kube/lease.handover.test.ts': ['wait out a lease that was deleted, because its holder may not know yet'],
    },
  },
  46: {
    what: 'A wall clock that jumps',
    tests: {
      'pkg/kube/lease.test.ts': ['does not care when the wall clock jumps'],
      'pkg/kube/lease.handover.test.ts': [
        'judge a lease by when it changed before their own eyes, not by the times written in it',
      ],
    },
  },
  47: {
    what: 'Too little CPU for the number of clusters',
    tests: {
      'pkg/kube/lease.test.ts': [
        'counts the deadline from the start of the renewal, not from its answer',
        'does not take up a lost term again for a renewal that succeeds late, and gives nothing back',
      ],
      'pkg/kube/workqueue.test.ts': ['moves a hundred thousand keys within a second'],
    },
  },
  50: {
    what: 'Pods that end while no operator runs',
    tests: {
      'controllers/nificluster/plan/resilience.test.ts': [
        'All that ended while no operator ran is made again by the first plan',
      ],
    },
  },
  51: {
    what: 'A cluster whose reconcile always fails',
    tests: {
      'pkg/kube/controller.test.ts': [
        'caps the delay of a poison key and keeps the others prompt',
        'takes anything thrown for a failure of that key, and the others go on',
      ],
    },
  },
};
