// Faults of the operator itself and of its connection to the API server: transport, refusals, leadership, starvation.

import type { FaultTable } from './fault.ts';

export const operatorFaults: FaultTable = {
  31: {
    what: 'A watch whose connection is dead without a word',
    tests: {
      'pkg/kube/watch.test.ts': ['is cut when it is black-holed before or after the headers'],
      'pkg/kube/kube.integration.test.ts': ['loses nothing when its connection is reset, closed or black-holed'],
      'e2e/travel/cuts.integration.test.ts': [
        'restarts every node once, and empties the one that leaves, although its watches say nothing any more',
      ],
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
      'e2e/travel/cuts.integration.test.ts': [
        'restarts every node once, and empties the one that leaves, while its watches are cut every second and are too old',
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
      'e2e/travel/cuts.integration.test.ts': [
        'restarts every node once, and empties the one that leaves, while its writes are refused, or carried out and never answered',
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
  42: {
    what: 'A conversion between versions, and fields that this operator does not know',
    tests: {
      'controllers/nificluster/future-fields.integration.test.ts': [
        'is kept by an operator that does not know it, which goes on as ever',
      ],
      'api/v1alpha1/conversion.test.ts': [
        'keeps fields that neither version knows yet',
        'from v1 through v1alpha1',
        'from v1alpha1 through v1',
      ],
    },
  },
  43: {
    what: 'A leader that is stopped for a minute and wakes up',
    tests: {
      'pkg/kube/lease.handover.test.ts': [
        'never both write although the leader was stopped for a minute and wakes up as if nothing had happened',
      ],
      'e2e/travel/fencing.integration.test.ts': [
        'in a rollout writes nothing when it wakes up, and the other one restarts each node that is left once',
        'in an offload does nothing when it wakes up, and the other one ends it: nothing is done twice',
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
      'pkg/webhook/certificates.test.ts': [
        'is made anew when a clock was wrong while it was made, and is not valid yet by the right time',
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
      'pkg/kube/workqueue.test.ts': ['hands out a hundred thousand keys, each once and the urgent ones first'],
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
