// Faults of flows in NiFi: crashes in the middle of their work, version changes that fail, rivals, drift, and registries that fail.

import type { FaultTable } from './fault.ts';

export const flowFaults: FaultTable = {
  7: {
    what: 'A crash after a process group was made, before its id is kept',
    tests: {
      'controllers/nifidataflow/crash.test.ts': [
        'make one group of a flow of a registry',
        'make one group of a definition',
        'take a deleted one out of NiFi once it has drained',
        'move it to another parent',
        'move it to another cluster',
      ],
      'controllers/nifidataflow/plan/plan.test.ts': [
        'it was imported and the operator died: it is named, not made again',
        'it was dragged, and nothing is known of it: no second one is made',
        'it was there, and a group may not be read: it is not made again',
      ],
      'pkg/nifi/standin-flows.test.ts': [
        'are created once by operators that die at each write, and found again by their marks',
        'keep their marks when their contents are replaced, and no request stays in NiFi',
      ],
      'pkg/nifi/standin-versions.test.ts': [
        'come in once by operators that die at each write, under the name of the flow and where they are wished',
      ],
    },
  },
  9: {
    what: 'A crash while NiFi carries a request out in the background',
    tests: {
      'controllers/nifidataflow/crash.test.ts': [
        'change the version, and keep every flow file that is queued',
        'replace a definition',
      ],
      'controllers/nifiparametercontext/work.test.ts': ['write a changed Secret, and a changed value'],
      'controllers/nifidataflow/faults.test.ts': [
        'and whose NiFi dies in the middle of it has the version in the end, runs, and no request is left',
      ],
      'pkg/nifi/requests/follow.test.ts': [
        'is followed and deleted on the node that took it',
        'is left to its end when the operator ends, since a deletion would cancel it',
        'whose deletion fails is tried to be deleted again, and then told',
        'that is answered with nonsense is deleted, and so is one that may not be read',
      ],
      'pkg/nifi/requests/requests.test.ts': ['whose answer was lost is not made again before NiFi had time to show it'],
      'pkg/nifi/standin-flows.test.ts': ['change a parameter once however often the operator dies'],
    },
  },
  10: {
    what: 'A crash between stopping a flow, changing it and starting it again',
    tests: {
      'controllers/nifidataflow/plan/plan.test.ts': [
        "${when}, with the status lost, leads to the step that is next: ${then ?? 'none'}",
        'in a revert or a change of version that stopped the flow leads to that step, and then to a start',
      ],
      'controllers/nifidataflow/crash.test.ts': ['change the version, and keep every flow file that is queued'],
      'controllers/nifidataflow/faults.test.ts': [
        'and whose NiFi dies in the middle of it has the version in the end, runs, and no request is left',
      ],
    },
  },
  78: {
    what: 'A change of version that NiFi fails to carry out',
    tests: {
      'controllers/nifidataflow/faults.test.ts': [
        'and which NiFi fails to change runs on as it was, says so in NiFi’s words, and changes once the spec asks anew',
      ],
      'controllers/nifiparametercontext/work.test.ts': [
        'tell in the words of NiFi why an update failed, ask once of each operator, and do what the next spec asks',
      ],
      'pkg/nifi/standin-versions.test.ts': ['stay as they are when NiFi fails, with its words'],
      'pkg/nifi/standin-flows.test.ts': ['say in NiFi’s words why a replacement failed, and keep what there was'],
      'pkg/nifi/requests/follow.test.ts': ['that changed the flow and could not start all of it says so'],
    },
  },
  79: {
    what: 'Two objects that ask for the same thing in NiFi',
    tests: {
      'controllers/nifi/claims.test.ts': [
        'The oldest has it, in whichever order they are listed',
        'Of two of the same second the smaller UID has it',
      ],
      'controllers/nifidataflow/plan/target.test.ts': [
        'The oldest has the place, and the other is told whose it is and what mends it',
        'The next waits until one that is being deleted has left NiFi, and then has the place',
      ],
      'controllers/nifi/bad-input-flows.cases.ts': ['a dataflow that asks for the group of an older one'],
      'controllers/nifi/bad-input.cases.ts': ['a parameter context whose name in NiFi another one has'],
      'controllers/nifiregistryclient/plan/plan.test.ts': [
        'never touches a client of somebody else that has the name',
        'takes a client of another object of the same NiFi for somebody else',
      ],
      'controllers/nifiparametercontext/work.test.ts': [
        'leave a context alone that somebody else made, say so, and delete without touching it',
      ],
    },
  },
  80: {
    what: 'What a person changes in NiFi',
    tests: {
      'controllers/nifidataflow/dataflow.integration.test.ts': [
        'what a person changes is taken back: a property, the run state, the name',
      ],
      'controllers/nifidataflow/faults.test.ts': [
        'with changes of a person in it that the spec lets stand is left alone, and that is told once',
      ],
      'controllers/nifidataflow/plan/plan.test.ts': [
        'always: they are taken back before the version changes',
        'never: they stay',
        'never: they stand in the way of another version',
        'once: they stay',
      ],
      'controllers/nifiregistryclient/registryclient.integration.test.ts': [
        'what is changed by hand is changed back, and a new value of the spec is written',
      ],
      'controllers/nifiparametercontext/parametercontext.integration.test.ts': [
        'what is changed by hand is changed back, and a new value of the spec is written by a request that ends',
      ],
    },
  },
  81: {
    what: 'References that do not exist yet',
    tests: {
      'controllers/nifi/bad-input.cases.ts': [
        'a registry client of a cluster that does not exist',
        'a registry client of a cluster that sleeps',
        'a registry client with a Secret that does not exist',
        'a parameter context of a cluster that does not exist',
        'a parameter context with a Secret that does not exist',
        'a parameter context that inherits from one that does not exist',
        'a parameter context that inherits from one that is not in NiFi yet',
      ],
      'controllers/nifi/bad-input-flows.cases.ts': [
        'a dataflow of a cluster that does not exist',
        'a dataflow with a registry client that does not exist',
        'a dataflow with a registry client that is not in NiFi yet',
        'a dataflow with a parameter context that does not exist',
        'a dataflow with a parameter context that is not in NiFi yet',
        'a definition in a ConfigMap that does not exist',
      ],
    },
  },
  83: {
    what: 'A registry that is down, answers a page for people, or sends its callers elsewhere',
    tests: {
      'controllers/nifi/bad-input-flows.cases.ts': [
        'a registry that is down',
        'a registry that answers a page for people',
        'a registry that sends NiFi elsewhere',
      ],
      'pkg/nifi/standin-versions.test.ts': [
        'are refused where there is none, and while the registry is away, and come when it is back',
      ],
      'pkg/nifi/client.test.ts': [
        'lets calls that wait for a registry hold up none that waits for another, and take no place of other clusters',
      ],
      'pkg/nifi/tasks/runner.test.ts': ['that failed because a registry is away is tried again once a minute'],
      'pkg/nifi/gateway-flows.test.ts': ['does not take a node for dead that waits for a registry'],
      'pkg/nifi/connection.test.ts': ['does not follow a redirect and gives nothing to its target'],
    },
  },
  87: {
    what: 'A flow of fifty megabytes, or of ten thousand groups',
    tests: {
      'pkg/nifi/json.test.ts': [
        'of eight megabytes of ${each} is refused before it is parsed',
        'of one string of eight megabytes that looks like many values is one value',
      ],
      'pkg/nifi/gateway-flows.test.ts': ['does not take a node for dead whose answer is larger than it takes'],
      'controllers/nifidataflow/large.test.ts': [
        'with thousands of groups in it is kept, and leaves NiFi, without any of them being told',
        'in a parent with more groups than an answer may tell says so, and goes on once there are fewer',
      ],
    },
  },
};
