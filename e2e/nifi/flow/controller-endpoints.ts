// The controller: its settings, its status, its metrics, what it is, and the machine below it.

import { clusterLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import { count, dataSize, timeOfDay } from '../format.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize, permissions } from '../tenants/authorize.ts';
import { groupCounts, noCounts } from './group-counts.ts';
import { advance, bodyRevision, revisionEntity, verifyRevision } from './revisions.ts';
import { controllerRevisionId } from './state.ts';
import { systemDiagnostics } from './system-diagnostics.ts';

interface ConfigBody {
  readonly component?: { readonly maxTimerDrivenThreadCount?: number };
}

export const controllerEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/controller/config',
    scope: 'replicated',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/controller', 'read'),
    run: (call) => ({ json: configEntity(call) }),
  },
  {
    method: 'PUT',
    path: '/controller/config',
    scope: 'replicated',
    check: (call) => {
      if ((call.body as ConfigBody | undefined)?.component === undefined) {
        throw new HttpError(400, 'Controller configuration must be specified');
      }
      bodyRevision(call.body);
    },
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/controller', 'write'),
    verify: (call) => verifyRevision(call.state.revisions, controllerRevisionId, bodyRevision(call.body)),
    run: (call) => {
      const wanted = (call.body as ConfigBody).component?.maxTimerDrivenThreadCount;
      if (wanted !== undefined && wanted <= 0)
        throw new HttpError(400, 'Cannot set max number of threads to less than 1');
      call.state.controller.maxTimerDrivenThreadCount = wanted ?? call.state.controller.maxTimerDrivenThreadCount;
      advance(call.state.revisions, controllerRevisionId, bodyRevision(call.body));
      return { json: configEntity(call, call.user.identity) };
    },
  },
  {
    method: 'GET',
    path: '/flow/status',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => ({ json: status(call) }),
  },
  {
    method: 'GET',
    path: '/flow/metrics/{producer}',
    scope: 'local',
    authorize: mayView,
    run: metrics,
  },
  {
    method: 'GET',
    path: '/flow/about',
    scope: 'local',
    authorize: mayView,
    run: (call) => ({
      json: {
        about: {
          title: 'NiFi',
          version: call.node.version,
          uri: call.uri('/'),
          contentViewerUrl: call.uri('/').replace(/\/nifi-api\/$/, '/nifi/#/content-viewer'),
          timezone: 'UTC',
          buildTag: 'HEAD',
        },
      },
    }),
  },
  {
    method: 'GET',
    path: '/flow/banners',
    scope: 'local',
    authorize: mayView,
    run: () => ({ json: { banners: { headerText: '', footerText: '' } } }),
  },
  {
    method: 'GET',
    path: '/flow/config',
    scope: 'local',
    authorize: mayView,
    run: (call) => ({
      json: {
        flowConfiguration: {
          supportsManagedAuthorizer: call.node.rules.managed,
          supportsConfigurableAuthorizer: call.node.rules.managed,
          supportsConfigurableUsersAndGroups: call.node.rules.managed,
          currentTime: timeOfDay(call.node.clock.now()),
          timeOffset: 0,
          defaultBackPressureObjectThreshold: 10_000,
          defaultBackPressureDataSizeThreshold: '1 GB',
        },
      },
    }),
  },
  {
    method: 'GET',
    path: '/system-diagnostics',
    scope: 'replicated',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/system', 'read'),
    run: (call) => ({ json: systemDiagnostics(call) }),
  },
  {
    method: 'GET',
    path: '/resources',
    scope: 'replicated',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/resources', 'read'),
    run: () => ({ json: { resources: [] } }),
  },
  {
    method: 'GET',
    path: '/counters',
    scope: 'replicated',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/counters', 'read'),
    run: (call) => ({
      json: { counters: { aggregateSnapshot: { generated: timeOfDay(call.node.clock.now()), counters: [] } } },
    }),
  },
];

function configEntity(call: Call, lastModifier?: string) {
  return {
    revision: revisionEntity(call.state.revisions, controllerRevisionId, lastModifier),
    permissions: permissions(call.node.rules, call.state, call.user, '/controller'),
    component: { maxTimerDrivenThreadCount: call.state.controller.maxTimerDrivenThreadCount },
  };
}

function status(call: Call) {
  const { flowFilesQueued, bytesQueued } = clusterLoad(call.node);
  const root = call.state.groups.get(call.state.rootGroupId);
  const alone = call.node.connection !== 'CONNECTED';
  const size = dataSize(bytesQueued);
  return {
    controllerStatus: {
      activeThreadCount: 0,
      terminatedThreadCount: 0,
      // A node by itself writes it otherwise than a merged answer.
      queued: alone ? `${count(flowFilesQueued)} / ${size}` : `${count(flowFilesQueued)} (${size})`,
      flowFilesQueued,
      bytesQueued,
      ...(root ? groupCounts(call, root) : noCounts),
    },
  };
}

/** Of the node that is asked alone; one of NiFi's metrics, in the format of Prometheus. */
function metrics(call: Call) {
  if (call.params['producer'] !== 'prometheus')
    throw new HttpError(404, 'The specified producer is missing or invalid.');
  const name = 'nifi_amount_threads_active';
  const labels = `instance="${call.node.nodeId}",component_type="RootProcessGroup"`;
  return { text: `# TYPE ${name} gauge\n${name}{${labels}} 0.0\n` };
}

function mayView(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/flow', 'read');
}
