// What is reported of a dataflow. Nothing here is read back to decide: the process group is found again by its marker, not by this id.

import { atomicList, enumeration, listMap, object, string } from '../../pkg/schema/helpers.ts';
import type { Structural } from '../../pkg/schema/structural.ts';

const count = (description: string): Structural => ({
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description,
});

/** NiFi's VersionControlInformationDTO.state. */
const versionStates = [
  'UP_TO_DATE',
  'STALE',
  'LOCALLY_MODIFIED',
  'LOCALLY_MODIFIED_AND_STALE',
  'SYNC_FAILURE',
] as const;

const counts = object('Components of the group and of those within it, and what is queued there.', {
  name: 'DataflowCounts',
  optional: {
    running: count('Running components.'),
    stopped: count('Stopped components.'),
    invalid: count('Invalid components.'),
    disabled: count('Disabled components.'),
    queued: count('Queued flow files.'),
  },
});

const lastRequest = object('The last thing that NiFi was asked to do in several steps.', {
  name: 'DataflowRequest',
  required: {
    type: enumeration('What it was.', ['Update', 'Revert', 'Replace', 'Drop', 'Drain', 'Delete']),
    state: enumeration('How it went.', ['Running', 'Succeeded', 'Failed']),
  },
  optional: {
    startedAt: { type: 'string', format: 'date-time', maxLength: 64, description: 'When it was asked for.' },
    version: string('Version that it was to lead to.', { max: 255 }),
    message: string("NiFi's own words, when it failed.", { max: 4096 }),
  },
});

const invalidComponent = object('A component that NiFi calls invalid.', {
  name: 'InvalidComponent',
  required: { id: string('Its id in NiFi.', { max: 64 }) },
  optional: {
    name: string('Its name.', { max: 255 }),
    type: string('Its class, or what it is.', { max: 255 }),
    errors: atomicList("NiFi's validation errors.", string('One of them.', { max: 1024 }), { max: 8 }),
  },
});

export const dataflowStatus: Readonly<Record<string, Structural>> = {
  cluster: string('NiFiCluster that the flow is in; another than clusterRef while it moves.', { max: 253 }),
  observedVersion: string('Version that is in NiFi; for a definition its digest.', { max: 255 }),
  versionState: enumeration("NiFi's word on that version.", versionStates),
  counts,
  lastRequest,
  invalidComponents: listMap('Components that NiFi calls invalid, the first 32.', ['id'], invalidComponent, {
    max: 32,
  }),
};
