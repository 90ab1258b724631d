// Faults that only time, numbers or another version of the operator bring.

import type { FaultTable } from './fault.ts';

export const longevityFaults: FaultTable = {
  48: {
    what: 'Two versions of the operator at once, in its upgrade',
    tests: { 'e2e/scenarios/operator-upgrade.ts': ['an upgrade of the operator restarts nothing'] },
  },
  49: {
    what: 'An older operator over what a newer one made',
    tests: {
      'e2e/scenarios/operator-downgrade.ts': ['a downgrade of the operator restarts nothing and loses nothing'],
    },
  },
  96: {
    what: 'A tenant who creates very many clusters at once',
    tests: {
      'pkg/kube/fair-lane.test.ts': [
        'namespaces take turns, and within one the first comes first',
        'who comes late waits for one of each other namespace',
      ],
      'e2e/longevity/longevity.integration.test.ts': [
        'serves its neighbours while a tenant creates hundreds of clusters at once',
      ],
    },
  },
  97: {
    what: 'Clusters that come and go for long',
    tests: { 'e2e/scenarios/soak.ts': ['what the operator holds does not grow while clusters come and go'] },
  },
  98: {
    what: 'Thousands of Pods of other applications in the namespaces',
    tests: {
      'e2e/longevity/longevity.integration.test.ts': ['takes up nothing of thousands of Pods that are not NiFi’s'],
    },
  },
  99: {
    what: 'Watches that are closed and too old, again and again',
    tests: {
      'e2e/longevity/longevity.integration.test.ts': [
        'asks for no more, and holds no more, after its watches were closed a hundred times, and too old',
      ],
    },
  },
  100: {
    what: 'Endpoints that are scraped without a pause, and a liveness that means progress and not NiFi',
    tests: {
      'pkg/kube/manager.test.ts': [
        'is unhealthy when its queue makes no progress, but not when the API server is away',
      ],
      'e2e/longevity/longevity.integration.test.ts': [
        'is healthy and answers a scrape that never pauses while NiFi hangs',
      ],
    },
  },
};
