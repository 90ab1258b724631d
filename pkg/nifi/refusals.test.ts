// NiFi's words when it refuses to change a flow: all of them were said by a real NiFi 2.11 or stand in its source.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NiFiApiError } from './errors.ts';
import { type Refusal, refusalIn } from './refusals.ts';

const NODE = 'Node 127.0.0.2:8443 is unable to fulfill this request due to: ';
const cases: readonly (readonly [number, string, Refusal])[] = [
  [409, `${NODE}Queue not empty for fd929e64-01a1-1000-ffff-ffffa5ef7214`, 'QueueNotEmpty'],
  [
    409,
    'Cannot change the Version of the flow for StandardProcessGroup[identifier=fd9e,name=vflow] because the Process Group has been modified (1 modifications) since it was last synchronized with the Flow Registry.',
    'LocallyModified',
  ],
  [
    409,
    `${NODE}The Registry cannot be removed because a Process Group currently under version control is tracking to it.`,
    'InUse',
  ],
  [
    409,
    `${NODE}Cannot delete Parameter Context with ID [x] because it is referenced by at least one Parameter Context [child]`,
    'InUse',
  ],
  [
    409,
    `${NODE}Cannot delete Parameter Context with ID x because it is in use by at least one Processor that is running`,
    'InUse',
  ],
  [
    409,
    "Could not update inherited Parameter Contexts for Parameter Context [base] because: Cannot remove parameter 'host' because it is referenced by UpdateAttribute[id=fd92], which is currently running",
    'InUse',
  ],
  [
    409,
    `${NODE}StandardControllerServiceNode[name=map, active=true] cannot be deleted because it is not disabled`,
    'Running',
  ],
  [409, `${NODE}Cannot delete GenerateFlowFile[id=x] because Processor is running`, 'Running'],
  [409, 'Failed to communicate with Flow Registry when attempting to retrieve a versioned flow', 'RegistryUnavailable'],
  [409, 'Unable to obtain listing of buckets: Connection refused', 'RegistryUnavailable'],
  [
    400,
    'Error retrieving flow [f] in bucket [b] branch [null] with version [99] using Flow Registry Client with ID [r]: The specified versioned flow snapshot does not exist for this flow.',
    'FlowNotFound',
  ],
  [409, "Invalid branch, NiFi Registry client only supports the default branch 'main'", 'FlowNotFound'],
  [409, 'x.y.Z is not known to this NiFi instance.', 'UnknownType'],
  [409, `${NODE}Process Group with ID x is not currently under Version Control`, 'NotVersioned'],
  [409, 'Process Group with ID x is not under Version Control', 'NotVersioned'],
  [
    409,
    'Cannot replace a Process Group via import while it or its descendants are under Version Control.',
    'Versioned',
  ],
  [409, 'Cannot delete component because the following Nodes are not connected: [127.0.0.4:8443]', 'NodesNotConnected'],
];

describe('a refusal of NiFi', () => {
  for (const [status, text, refusal] of cases) {
    test(`"${text.slice(-70)}" is ${refusal}`, () => {
      const error = new NiFiApiError({ status, method: 'PUT', path: '/x', text });
      assert.equal(error.refusal, refusal);
      assert.ok(error.kind === 'Conflict' || error.kind === 'Invalid', error.kind);
    });
  }

  test('is recognised whatever people call their components', () => {
    const text = `${NODE}Cannot remove parameter 'connecting' because it is referenced by Elect[id=1], which is currently running`;
    const error = new NiFiApiError({ status: 409, method: 'PUT', path: '/x', text });
    assert.deepEqual([error.kind, error.refusal], ['Conflict', 'InUse']);
  });

  test('is not read into other words, nor into answers that are no refusal', () => {
    assert.equal(refusalIn('Node 127.0.0.4:8443 is currently connecting'), undefined);
    const gone = new NiFiApiError({ status: 404, method: 'GET', path: '/x', text: 'Queue not empty for x' });
    assert.equal(gone.refusal, undefined);
  });
});
