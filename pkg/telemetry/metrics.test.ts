// The metrics: their names are what dashboards and alerts stand on, so every one is listed here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTelemetry } from './metrics.ts';

const key = { namespace: 'data', name: 'prod' };

async function lines(telemetry: ReturnType<typeof createTelemetry>, name: string): Promise<readonly string[]> {
  const text = await telemetry.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('The metrics', () => {
  test('have exactly these names', () => {
    const { registry } = createTelemetry({ processMetrics: false });
    assert.deepEqual(
      registry
        .getMetricsAsArray()
        .map(({ name }) => name)
        .toSorted(),
      [
        'controller_runtime_active_workers',
        'controller_runtime_reconcile_errors_total',
        'controller_runtime_reconcile_time_seconds',
        'controller_runtime_reconcile_total',
        'controller_runtime_webhook_latency_seconds',
        'controller_runtime_webhook_requests_total',
        'leader_election_master_status',
        'nifi_api_breaker_open',
        'nifi_api_request_duration_seconds',
        'nifi_certificate_expiry_timestamp_seconds',
        'nifi_certificate_renewal_timestamp_seconds',
        'nifi_cluster_nodes_ready',
        'nifi_cluster_nodes_total',
        'nifi_disruptions_total',
        'nifi_node_emptying_flowfiles',
        'nifi_nodes_waiting',
        'nifi_object_ready',
        'nifi_object_stalled',
        'nifi_operator_events_dropped_total',
        'nifi_operator_lists_total',
        'nifi_operator_watches_ended_total',
        'nifi_operator_writes_total',
        'nifi_reconcile_errors_total',
        'nifi_scaling_events_total',
        'rest_client_request_duration_seconds',
        'rest_client_requests_total',
        'workqueue_adds_total',
        'workqueue_depth',
        'workqueue_queue_duration_seconds',
        'workqueue_retries_total',
        'workqueue_work_duration_seconds',
      ],
    );
  });

  test('of the process come only when they are asked for', () => {
    const { registry } = createTelemetry({ processMetrics: true });
    assert.ok(registry.getMetricsAsArray().some(({ name }) => name === 'process_resident_memory_bytes'));
  });

  test('are in seconds though they are measured in milliseconds', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.kube.reconcileFinished('nificluster', 'success', 1500);
    assert.deepEqual(await lines(telemetry, 'controller_runtime_reconcile_time_seconds_sum'), [
      'controller_runtime_reconcile_time_seconds_sum{controller="nificluster"} 1.5',
    ]);
  });

  test('count as writes what changed something, and as requests all calls', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    const call = { method: 'POST', verb: 'create', resource: 'pods', durationMs: 1 };
    telemetry.kube.requestFinished({ ...call, status: 201 });
    telemetry.kube.requestFinished({ ...call, status: 409 });
    telemetry.kube.requestFinished({ ...call, status: 0 });
    telemetry.kube.requestFinished({ ...call, method: 'GET', verb: 'get', status: 200 });
    telemetry.kube.requestFinished({ ...call, method: 'GET', verb: 'watch', status: 200 });
    assert.deepEqual(await lines(telemetry, 'nifi_operator_writes_total{'), [
      'nifi_operator_writes_total{verb="create",resource="pods"} 1',
    ]);
    assert.deepEqual((await lines(telemetry, 'rest_client_requests_total{')).toSorted(), [
      'rest_client_requests_total{code="200",method="GET"} 2',
      'rest_client_requests_total{code="201",method="POST"} 1',
      'rest_client_requests_total{code="409",method="POST"} 1',
      'rest_client_requests_total{code="<error>",method="POST"} 1',
    ]);
    assert.ok(!(await lines(telemetry, 'rest_client_request_duration_seconds')).some((line) => line.includes('watch')));
  });

  test('count a failed reconcile once, with its reason beside', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.kube.reconcileFinished('nificluster', 'error', 1);
    telemetry.kube.reconcileFinished('nificluster', 'stalled', 1);
    telemetry.kube.reconcileFailed('nificluster', 'Conflict');
    assert.deepEqual(await lines(telemetry, 'controller_runtime_reconcile_errors_total{'), [
      'controller_runtime_reconcile_errors_total{controller="nificluster"} 1',
    ]);
    assert.deepEqual(await lines(telemetry, 'nifi_reconcile_errors_total{'), [
      'nifi_reconcile_errors_total{controller="nificluster",reason="Conflict"} 1',
    ]);
  });

  test('of a cluster go with it: nothing is left of one that is gone', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.clusters.observed(key, { total: 3, ready: 2 });
    telemetry.clusters.scaled(key, 'up', 2);
    telemetry.clusters.scaled(key, 'down', 1);
    telemetry.clusters.disrupted(key, 'DeletePod');
    telemetry.clusters.waiting(key, new Map([['RestartPending', 1]]));
    telemetry.clusters.emptying(key, new Map([[1, 1]]));
    telemetry.clusters.certified(key, { notAfter: new Date(90_000), renewal: new Date(60_000) });
    assert.deepEqual(await lines(telemetry, 'nifi_cluster_nodes_ready{'), [
      'nifi_cluster_nodes_ready{namespace="data",cluster="prod"} 2',
    ]);
    assert.equal((await lines(telemetry, 'nifi_scaling_events_total{')).length, 2);
    telemetry.clusters.forget(key);
    for (const name of ['nifi_cluster_nodes', 'nifi_scaling', 'nifi_disruptions', 'nifi_node', 'nifi_certificate'])
      assert.deepEqual(
        (await lines(telemetry, name)).filter((line) => line.includes('{')),
        [],
      );
    telemetry.clusters.forget(key);
  });

  test('of nodes that wait or are being emptied have what is there now, and nothing of what was', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    const { clusters } = telemetry;
    const waiting = () => lines(telemetry, 'nifi_nodes_waiting{');
    const emptying = () => lines(telemetry, 'nifi_node_emptying_flowfiles{');
    clusters.waiting(key, new Map([['RestartPending', 2]]));
    clusters.waiting({ ...key, name: 'other' }, new Map([['RestartPending', 1]]));
    clusters.emptying(key, new Map([[4, 1500]]));
    clusters.waiting(key, new Map([['Restarting', 1]]));
    assert.deepEqual(await waiting(), [
      'nifi_nodes_waiting{namespace="data",cluster="other",reason="RestartPending"} 1',
      'nifi_nodes_waiting{namespace="data",cluster="prod",reason="Restarting"} 1',
    ]);
    assert.deepEqual(await emptying(), ['nifi_node_emptying_flowfiles{namespace="data",cluster="prod",node="4"} 1500']);
    clusters.emptying(key, new Map());
    assert.deepEqual(await emptying(), []);
  });

  test('of certificates have the times of the one that ends first, and none when there is none', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.clusters.certified(key, { notAfter: new Date(90_000), renewal: new Date(60_000) });
    const samples = async () => (await lines(telemetry, 'nifi_certificate_')).map((line) => line.split('_')[2]);
    assert.deepEqual(await lines(telemetry, 'nifi_certificate_expiry_timestamp_seconds{'), [
      'nifi_certificate_expiry_timestamp_seconds{namespace="data",cluster="prod"} 90',
    ]);
    assert.deepEqual(await samples(), ['expiry', 'renewal']);
    telemetry.clusters.certified(key, undefined);
    assert.deepEqual(await samples(), []);
  });

  test('of an object have the one reason it stalls for, and nothing when it is gone', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    const told = (...conditions: readonly (readonly [string, 'True' | 'False', string])[]): void =>
      telemetry.kube.objectTold(
        'NiFiCluster',
        key,
        conditions.map(([type, status, reason]) => ({ type, status, reason, message: '', lastTransitionTime: '' })),
      );
    const of = 'kind="NiFiCluster",namespace="data",name="prod"';
    const samples = async () => (await lines(telemetry, 'nifi_object_')).toSorted();
    told(['Ready', 'False', 'Unschedulable'], ['Stalled', 'True', 'Unschedulable']);
    told(['Ready', 'False', 'VolumeLost'], ['Stalled', 'True', 'VolumeLost']);
    assert.deepEqual(await samples(), [
      `nifi_object_ready{${of}} 0`,
      `nifi_object_stalled{${of},reason="VolumeLost"} 1`,
    ]);
    told(['Ready', 'True', 'Ready']);
    assert.deepEqual(await samples(), [`nifi_object_ready{${of}} 1`]);
    told(['Ready', 'False', 'VolumeLost'], ['Stalled', 'True', 'VolumeLost']);
    telemetry.kube.objectTold('NiFiCluster', key, undefined);
    assert.deepEqual(await samples(), []);
  });

  test('count what took a node down, by action', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.clusters.disrupted(key, 'DeletePod');
    telemetry.clusters.disrupted(key, 'DeletePod');
    assert.deepEqual(await lines(telemetry, 'nifi_disruptions_total{'), [
      'nifi_disruptions_total{namespace="data",cluster="prod",action="DeletePod"} 2',
    ]);
  });

  test('of webhooks count what was answered, and tell how long it took', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    const asked = { webhook: '/validate', code: 200, durationMs: 20 } as const;
    for (const result of ['allowed', 'denied', 'denied'] as const) telemetry.webhookAnswered({ ...asked, result });
    assert.deepEqual(await lines(telemetry, 'controller_runtime_webhook_requests_total{'), [
      'controller_runtime_webhook_requests_total{webhook="/validate",code="200",result="allowed"} 1',
      'controller_runtime_webhook_requests_total{webhook="/validate",code="200",result="denied"} 2',
    ]);
    assert.deepEqual(await lines(telemetry, 'controller_runtime_webhook_latency_seconds_count'), [
      'controller_runtime_webhook_latency_seconds_count{webhook="/validate"} 3',
    ]);
  });

  test('of NiFi calls name the endpoint and no node, and the breaker of the cluster alone', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.nifi.onRequest?.({
      cluster: 'data/prod',
      node: 1,
      method: 'GET',
      endpoint: '/controller/cluster',
      status: 'error',
      seconds: 2,
    });
    assert.deepEqual(await lines(telemetry, 'nifi_api_request_duration_seconds_sum'), [
      'nifi_api_request_duration_seconds_sum{method="GET",endpoint="/controller/cluster",status="error"} 2',
    ]);
    telemetry.nifi.onBreaker?.({ cluster: 'data/prod', node: 1, state: 'open' });
    assert.deepEqual(await lines(telemetry, 'nifi_api_breaker_open{'), []);
    telemetry.nifi.onBreaker?.({ cluster: 'data/prod', state: 'open' });
    assert.deepEqual(await lines(telemetry, 'nifi_api_breaker_open{'), [
      'nifi_api_breaker_open{cluster="data/prod"} 1',
    ]);
  });

  test('count calls as held back while one of them probes, or an alert would begin anew with each probe', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    for (const [state, value] of [
      ['open', 1],
      ['half-open', 1],
      ['open', 1],
      ['closed', 0],
    ] as const) {
      telemetry.nifi.onBreaker?.({ cluster: 'data/prod', state });
      assert.deepEqual(await lines(telemetry, 'nifi_api_breaker_open{'), [
        `nifi_api_breaker_open{cluster="data/prod"} ${value}`,
      ]);
    }
  });
});
