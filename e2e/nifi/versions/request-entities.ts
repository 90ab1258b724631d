// A background request as NiFi's JSON shows it while it goes on and after its end.

import { type AsyncRequest, percentOf, stateOf } from '../flow/async-requests.ts';
import { revisionEntity } from '../flow/revisions.ts';
import { type Json, timestampMs } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { exportFlow } from './export.ts';
import { versionInformation } from './state.ts';

/** Of a version change, a revert or a replacement. */
export function updateEntity(call: Call, request: AsyncRequest, path: string): Json {
  const group = call.state.groups.get(request.target);
  const control = request.complete ? group?.versionControl : undefined;
  const replaced = request.kind === 'replace-requests' && request.complete && group;
  return {
    processGroupRevision: revisionEntity(call.state.revisions, request.target),
    request: {
      requestId: request.id,
      processGroupId: request.target,
      uri: call.uri(path),
      lastUpdated: timestampMs(request.lastUpdated),
      complete: request.complete,
      ...(request.failure === undefined ? {} : { failureReason: request.failure }),
      percentCompleted: percentOf(request),
      state: stateOf(request),
      ...(group && control && !replaced
        ? { versionControlInformation: versionInformation(call.state, group, control) }
        : {}),
    },
    ...(replaced
      ? { versionedFlowSnapshot: exportFlow({ state: call.state, version: call.node.version }, replaced) }
      : {}),
  };
}
