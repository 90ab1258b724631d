// The management server: health, and the decommission that `nifi.sh decommission` asks for.
// Plain HTTP on the loopback, without a name. It says 200 for CONNECTING too, so a probe must read the body.

import type { ConnectionState } from './cluster/coordination.ts';

export interface ManagementAnswer {
  readonly status: number;
  readonly body: string;
}

export function answerManagement(
  method: string,
  path: string,
  connection: ConnectionState | 'NOT_CLUSTERED',
  decommission?: () => void,
): ManagementAnswer {
  if (method === 'DELETE' && path === '/health/cluster' && decommission) {
    decommission();
    return { status: 202, body: 'Cluster Status: OFFLOADING\n' };
  }
  const body = bodyOf(path, connection);
  if (body === undefined) return { status: 404, body: '<h1>404 Not Found</h1>No context found for request' };
  if (method !== 'GET') return { status: 405, body: '' };
  const unhealthy = path === '/health/cluster' && connection !== 'CONNECTED' && connection !== 'CONNECTING';
  return { status: unhealthy ? 503 : 200, body };
}

function bodyOf(path: string, connection: string): string | undefined {
  switch (path) {
    case '/health':
      return 'Status: UP\n';
    case '/health/cluster':
      return `Cluster Status: ${connection}\n`;
    case '/health/diagnostics':
      return 'Diagnostic Dump\n';
    case '/health/status-history':
      return '{"generated":0,"componentDetails":{},"fieldDescriptors":[],"aggregateSnapshots":[],"nodeSnapshots":null}';
    default:
      return undefined;
  }
}
