// Faults between the operator and NiFi: crashes in the middle of work in NiFi, answers that are late, wrong, hostile or contradict each
// other, people who change the same things, and registries that fail. What concerns flows alone is in flows.ts.

import type { FaultTable } from './fault.ts';

export const nifiFaults: FaultTable = {
  8: {
    what: 'A crash after a registry client or a parameter context was made, before its id is kept',
    tests: {
      'controllers/nifiregistryclient/crash.test.ts': [
        'make one client',
        'put a client of another type in the place of the former one',
        'take a deleted one out of NiFi',
      ],
      'controllers/nifiparametercontext/work.test.ts': [
        'make one context',
        'take a deleted one out of NiFi, although the description was overwritten',
      ],
      'pkg/nifi/standin-flows.test.ts': ['find a registry client again by the mark in its description'],
    },
  },
  71: {
    what: '409: a node is not connected, or the cluster is changing',
    tests: {
      'pkg/nifi/errors.test.ts': ['${status} "${text.slice(0, 60)}" is ${kind}'],
      'pkg/nifi/gateway.test.ts': ['moves on from a node that refuses, hangs, is not connected, or doubts itself'],
      'pkg/nifi/requests/requests.test.ts': [
        'waits while any node is connecting, and is not begun',
        'that NiFi refuses for good is a refusal with its words, and what passes is none',
      ],
      'pkg/nifi/tasks/transition.test.ts': ['waits while another node is connecting'],
      'pkg/nifi/tasks/tasks.test.ts': ['wait while a node is connecting, but only when something has to be written'],
      'controllers/nifi/nifi-faults.test.ts': [
        'waits while a node of NiFi is connecting, asks for no change meanwhile, and is then made',
      ],
      'controllers/nifidataflow/faults.test.ts': [
        'waits while a node of NiFi is connecting, and is not asked for meanwhile',
      ],
    },
  },
  72: {
    what: 'A coordinator that calls connected what is not',
    tests: {
      'pkg/nifi/view.test.ts': [
        'is refused when the asked node is not connected in its own answer',
        'needs as many witnesses as asked for, and the node itself is none',
        'is none while a stale coordinator says otherwise or does not know the node',
      ],
      'controllers/nificluster/plan/disrupt/disrupt.test.ts': [
        'is not believed to be one on the coordinator’s word alone',
        'of the node that told the view asks another one for its opinion',
      ],
    },
  },
  73: {
    what: 'A person who changes the same thing at the same moment',
    tests: {
      'controllers/nifi/nifi-faults.test.ts': [
        'that a person changes at the same moment is changed after all, and keeps what that person set beside it',
      ],
      'controllers/nifidataflow/faults.test.ts': [
        'while somebody works at the canvas is asked for again with what is read then',
      ],
      'pkg/nifi/standin-flows.test.ts': [
        'are made for a parameter context under the eyes of a person who changes it too',
      ],
      'pkg/nifi/tasks/tasks.test.ts': [
        'is not forced over somebody who changed the settings meanwhile',
        'keep the users and groups that others have put there',
      ],
      'pkg/nifi/endpoints/endpoints.test.ts': [
        'never write twice under one client id, for which NiFi would take a stale revision',
      ],
    },
  },
  74: {
    what: 'A NiFi that takes a connection and never answers',
    tests: {
      'pkg/nifi/connection.test.ts': ['gives up on a node that takes the request and never answers'],
      'pkg/nifi/gateway.test.ts': ['never makes a caller wait, and one hung NiFi does not hold up another'],
      'pkg/nifi/client.test.ts': ['lets calls for which NiFi waits for somebody else hold up only each other'],
      'pkg/nifi/standin.test.ts': ['gets its view from another node while one hangs'],
    },
  },
  75: {
    what: 'An election of the flow that takes minutes',
    tests: {
      'controllers/nificluster/drive.test.ts': [
        'because its nodes elect their flow is waited for, however long it takes, and has not failed',
      ],
      'controllers/nificluster/plan/resilience.test.ts': ['while its NiFi takes an hour to start'],
    },
  },
  76: {
    what: 'An offload that cannot drain',
    tests: {
      'controllers/nificluster/plan/disrupt/emptying.test.ts': [
        'gives way to restarts once it has been offloading for too long',
        'goes first again once it is offloaded, however long that took',
        'is asked itself whether it is empty: OFFLOADED proves nothing',
      ],
      'controllers/nificluster/golden/offloads.test.ts': [
        'yields after its time to a roll, whose restart of another node is its cure',
      ],
      'controllers/nificluster/takedown.integration.test.ts': [
        'an id put back while its offload hangs is back with its data, and no volume was touched',
      ],
    },
  },
  77: {
    what: 'A NiFi that restarts in the middle of a request',
    tests: {
      'controllers/nifi/nifi-faults.test.ts': [
        'whose NiFi dies in the middle of a change has it in the end, and no request is left',
      ],
      'controllers/nifidataflow/faults.test.ts': [
        'and whose NiFi dies in the middle of it has the version in the end, runs, and no request is left',
      ],
      'pkg/nifi/gateway-flows.test.ts': [
        'calls a background request lost when the node that took it is another process',
      ],
      'pkg/nifi/requests/follow.test.ts': [
        'that its node has forgotten is lost, which is a wait and no failure',
        'outlives a node that is silent for a while, and is lost with one that stays so',
      ],
    },
  },
  82: {
    what: 'A cluster that is deleted before what is in its NiFi',
    tests: {
      'controllers/nifi/reconcile.test.ts': ['is not held by a cluster that is gone, or going'],
      'controllers/nifiregistryclient/registryclient.integration.test.ts': [
        'a deletion is not held by a cluster that is gone, and a missing cluster is told',
      ],
    },
  },
  84: {
    what: 'Sensitive values, which NiFi never tells',
    tests: {
      'controllers/nifi/digests.test.ts': [
        'know what was written, also in another process',
        'call exactly the changed value stale',
        'call a value stale again whose write may have been cut, back to the former value as well',
        'are written once for a first value and never for an unchanged one',
        'take a Secret that somebody has broken for none',
      ],
      'controllers/nifiregistryclient/crash.test.ts': ['write a changed Secret'],
      'controllers/nifiparametercontext/work.test.ts': ['write a changed Secret, and a changed value'],
      'controllers/nifiparametercontext/parametercontext.integration.test.ts': [
        'nothing is written while nothing changes, also after a restart of the operator',
        'the value of a Secret is nowhere but in NiFi',
      ],
    },
  },
  85: {
    what: 'Certificates and authorities that are exchanged',
    tests: {
      'pkg/nifi/client.test.ts': [
        'changes to a new certificate without cutting a running request or the connections of other clusters',
        'follows a rotation of the authority',
      ],
      'pkg/nifi/tasks/trust.test.ts': [
        'that does not trust the new authority yet is waited for',
        'that shows another certificate than its Secret holds is waited for, although it trusts both',
      ],
      'controllers/nificluster/plan/authority.model.test.ts': [
        'any two that run trust each other, whatever fails, and in the end only the new one is trusted',
      ],
      'controllers/nificluster/plan/identity.test.ts': ['of the operator is renewed like any other'],
      'controllers/nificluster/authority.integration.test.ts': [
        'is replaced on request under traffic: nobody restarts, nobody distrusts anybody, and the former is trusted no more',
      ],
    },
  },
  86: {
    what: 'A version of NiFi that is lower than before, or of another line',
    tests: {
      'controllers/nificluster/plan/downgrade.test.ts': [
        'is refused with both versions, the nodes and the command that allows it',
        'restarts no node, and lets one that is gone come back as it was',
        'goes through where the annotation names exactly it',
      ],
      'controllers/nificluster/validate.test.ts': ['${version} is refused for the whole cluster, in one finding'],
      'controllers/nificluster/golden/upgrades.test.ts': [
        'reaches three nodes one at a time',
        'is not taken back until a person allows it',
      ],
    },
  },
  88: {
    what: 'A login token that runs out',
    tests: {},
    impossible: 'The operator has no login at NiFi that could run out',
  },
  89: {
    what: 'Every field there and back, at its bounds, absent and invalid',
    tests: {
      'api/v1/nificluster.leaves.integration.test.ts': [
        '${path} takes what fits, refuses what does not, and is back where it was',
      ],
      'api/v1/nificluster.rules.integration.test.ts': ['No rule is without a case that it refuses'],
      'api/v1/dataflows.rules.integration.test.ts': ['has no rule without a case that it refuses'],
      'controllers/nificluster/bad-input-cluster.integration.test.ts': [
        'what admission refuses names the field, and the cluster stays Ready',
        'settings that go there and back in a paused rollout end where they began, with nothing restarted',
      ],
    },
  },
  90: {
    what: 'A property of the operator that somebody sets',
    tests: {
      'controllers/nificluster/validate.test.ts': [
        'that sets a property of the operator',
        'may not set what is the operator’s either, and its value is told to nobody',
      ],
      'api/v1/owned-properties.test.ts': [
        'that says where data lives belongs to the operator',
        'Every owned key is one that NiFi knows',
      ],
    },
  },
  91: {
    what: 'A Pod template that breaks the `restricted` profile',
    tests: {
      'controllers/nificluster/bad-input-objects.integration.test.ts': [
        'the Pods of the operator pass `restricted`; one with a template that breaks it is refused visibly and without a loop',
      ],
    },
  },
  92: {
    what: 'A reference into another namespace',
    tests: {
      'api/v1/dataflows.rules.cases.ts': [
        'a secret is of this namespace',
        'a registry client is for a cluster of this namespace',
        'a sensitive parameter is of this namespace',
        'a context inherits within this namespace',
        'a client is of this namespace',
        'a definition is of this namespace',
      ],
      'controllers/nifi/bad-input.cases.ts': ['a registry client whose Secret is in another namespace alone'],
    },
  },
  93: {
    what: 'A registry at loopback, a link-local address, the API server, or a name that leads there',
    tests: {
      'controllers/nifiregistryclient/plan/hosts.test.ts': [
        'A host that the operator allows is let in, and no other',
        '${address} among its addresses',
        'a short name also where NiFi runs',
      ],
      'controllers/nifiregistryclient/names.test.ts': [
        'that leads to the cloud’s metadata is refused before NiFi hears of it, and made when it leads elsewhere',
        'that leads inside later on is told, and what NiFi has stays as it is',
        'that has the address of the API server is refused, by whatever name',
      ],
      'controllers/nifiregistryclient/lookups.test.ts': [
        'that leads elsewhere from now on is told, and the former answer stands until then',
        'is waited for no longer than three seconds, asked for once meanwhile, and told when it is known after all',
      ],
      'controllers/nifi/bad-input.cases.ts': ['a registry client that points to a name which leads inside'],
    },
  },
  94: {
    what: 'A node whose certificate is not to be trusted',
    tests: {
      'pkg/nifi/connection.test.ts': [
        'refuses a certificate of another authority and sends it nothing',
        'refuses a certificate of the right authority for another name',
        'refuses a certificate that names the host as its common name only',
        'refuses a certificate that has run out',
        'says so when the node refuses the operator’s certificate',
        'never speaks plain HTTP to a node that should speak TLS',
      ],
    },
  },
  95: {
    what: 'Answers that are endless, slow, deep, or full of traps',
    tests: {
      'pkg/nifi/connection.test.ts': [
        'gives up on a slow-loris that sends a byte now and then',
        'stops reading a body of a gigabyte at the cap, announced or not',
        'refuses deeply nested JSON',
        'keeps prototype keys out of the result',
        'does not follow a redirect and gives nothing to its target',
        'takes HTML with status 200 for what it is',
      ],
      'pkg/nifi/json.test.ts': [
        'of 64 levels is taken, and of one more refused',
        'of eight megabytes of ${each} is refused before it is parsed',
        'loses ${key} at every level and keeps the rest',
      ],
      'pkg/nifi/gateway-flows.test.ts': ['does not take a node for dead whose answer is larger than it takes'],
      'pkg/nifi/endpoints/flows.test.ts': ['keep NiFi’s words for a failure whole up to a bound, on one line'],
    },
  },
};
