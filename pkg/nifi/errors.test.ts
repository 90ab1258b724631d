// What NiFi's refusals mean: every text below was said by a real NiFi 2.11 (transcripts) or stands in its source.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type ApiErrorKind, cleanMessage, NiFiApiError } from './errors.ts';

function errorFor(status: number, text: string): NiFiApiError {
  return new NiFiApiError({ status, method: 'PUT', path: '/x', text });
}

const cases: readonly (readonly [number, string, ApiErrorKind, boolean])[] = [
  [401, 'Unauthorized', 'Forbidden', false],
  [403, 'Unable to modify the controller. Contact the system administrator.', 'Forbidden', false],
  [404, 'Only a node connected to a cluster can process the request.', 'NotConnected', true],
  [404, 'No node exists with ID 910d7825', 'NotFound', false],
  [404, 'Unable to find access policy for read on /process-groups/x', 'NotFound', false],
  [409, 'Cannot replicate request to Node 127.0.0.3:8443 because the node is not connected', 'NotConnected', true],
  [409, 'Node 127.0.0.4:8443 is currently connecting', 'ClusterChanging', true],
  [
    409,
    'Node 127.0.0.4:8443 is unable to fulfill this request due to: Unexpected Response Code 500',
    'ClusterChanging',
    true,
  ],
  [
    409,
    'Node h:1 is unable to fulfill this request due to: [0, zz, fd92] is not the most up-to-date revision. This component appears to have been modified.',
    'RevisionConflict',
    true,
  ],
  [
    409,
    "Node h:1 is unable to fulfill this request due to: Unable to find access policy with id 'x'.",
    'NotFound',
    false,
  ],
  [409, "User/user group already exists with the identity 'CN=operator'.", 'AlreadyExists', false],
  [409, "Found multiple policies for '/controller' with 'read'.", 'AlreadyExists', false],
  [
    409,
    'This NiFi is not configured to internally manage users, groups, or policies.  Please contact your system administrator.',
    'NotManaged',
    false,
  ],
  [409, 'Cannot offload node 127.0.0.4:8443 because it is not currently disconnected', 'Conflict', false],
  [409, 'Cannot disconnect node 127.0.0.2:8443 because it is the only node currently connected', 'Conflict', false],
  [
    409,
    'Cannot remove Node with ID 7b5b because it is not disconnected or offloaded, current state = CONNECTED',
    'Conflict',
    false,
  ],
  [409, 'Cannot delete component because the following Nodes are not connected: [127.0.0.4:8443]', 'Conflict', false],
  [409, 'Cluster is still in the process of voting on the appropriate Data Flow.', 'ClusterChanging', true],
  [
    400,
    'This node is disconnected from its configured cluster. The requested change will only be allowed if the flag to acknowledge the disconnected node is set.',
    'NotConnected',
    true,
  ],
  [400, 'Node details must be specified.', 'Invalid', false],
  [400, '[0, other, fd94] is not the most up-to-date revision. Retrieve it and try again.', 'RevisionConflict', true],
  [400, 'A Flow Registry already exists with the name reg', 'AlreadyExists', false],
  [
    409,
    "Cannot create Parameter Context with name 'base' because a Parameter Context already exists with that name",
    'AlreadyExists',
    false,
  ],
  [
    409,
    'There are already 101 update requests for variable registries. Cannot issue any more requests until the older ones are deleted or expire',
    'Busy',
    true,
  ],
  [500, 'org.apache.nifi.web.client.api.WebClientServiceException: Request execution failed', 'Server', true],
  [503, '', 'Server', true],
  [302, '', 'NotNiFi', false],
];

describe('an answer that is an error', () => {
  for (const [status, text, kind, retryable] of cases) {
    test(`${status} "${text.slice(0, 60)}" is ${kind}`, () => {
      const error = errorFor(status, text);
      assert.deepEqual([error.status, error.path, error.kind, error.retryable], [status, '/x', kind, retryable]);
    });
  }

  test('has one clean line as its message', () => {
    const html =
      '<html>\n<head>\n<title>Error 400 Invalid SNI</title>\n</head><body><h2>HTTP ERROR 400</h2></body></html>';
    assert.equal(cleanMessage(html), 'Error 400 Invalid SNI');
    assert.equal(cleanMessage('a\r\n\tb\u0000\u001b[31mc<script>x</script>'), 'a b [31mc x');
    const quoted = 'Unable to obtain listing of buckets: <html><title>Sign in</title><h1>Please</h1></html>';
    assert.equal(cleanMessage(quoted), 'Unable to obtain listing of buckets: Sign in Please');
    assert.equal(cleanMessage('x'.repeat(1_000_000)).length, 400);
    assert.equal(errorFor(503, '').message, 'NiFi answered 503 to PUT /x');
  });

  const transcripts = new URL('../../../shared/reference/nifi-2.11/transcripts/', import.meta.url);
  test('is understood for every refusal in the transcripts', {
    skip: !existsSync(transcripts) && 'no transcripts here',
  }, () => {
    const kinds = new Map<ApiErrorKind, number>();
    for (const name of readdirSync(transcripts)) {
      for (const line of readFileSync(new URL(name, transcripts), 'utf8').split('\n').filter(Boolean)) {
        const call = JSON.parse(line) as { status?: number; response?: unknown };
        if (call.status !== undefined && call.status >= 300 && typeof call.response === 'string') {
          const { kind } = errorFor(call.status, call.response);
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
      }
    }
    assert.ok((kinds.get('NotConnected') ?? 0) >= 2);
    assert.ok((kinds.get('RevisionConflict') ?? 0) >= 3);
    assert.ok((kinds.get('ClusterChanging') ?? 0) >= 1);
    assert.ok((kinds.get('Forbidden') ?? 0) >= 5);
    assert.ok((kinds.get('NotNiFi') ?? 0) === 0);
  });
});
