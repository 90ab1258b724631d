// Restarts while the OIDC provider is in doubt: NiFi does not start without it, so nobody restarts on a bad answer, and one node is
// tried where only the operator may not reach it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../../api/v1/labels.ts';
import { timestampText } from '../../../../pkg/schema/timestamp.ts';
import { aCluster } from '../../testing.ts';
import type { Discovery } from '../input.ts';
import { planProvision } from '../provision.ts';
import { crashed, now } from '../testing.objects.ts';
import { aWorld, type WorldBuilder } from '../testing.ts';
import { planDisrupt } from './disrupt.ts';
import { acts, all, changed, cluster, told, well } from './testing.ts';

const three = changed.withSpec({ rollout: { maxUnavailable: 3 } });
const bad: Discovery = { state: 'fails', because: 'answers 404', answered: true };
const silent: Discovery = { state: 'fails', because: 'does not answer: ECONNREFUSED', answered: false };

function planned(world: WorldBuilder, discovery: Discovery) {
  const input = { ...world.input(), discovery };
  return planDisrupt(input, planProvision(input));
}

describe('A restart', () => {
  test('goes on when the provider answers', () => {
    assert.deepEqual(acts(planned(well.when(changed), { state: 'answers' })), ['MarkPod 1']);
  });

  test('waits until the provider has been asked', () => {
    const outcome = planned(well.when(changed), { state: 'asking' });
    assert.deepEqual(acts(outcome), []);
    assert.match(told(outcome).join('\n'), /RestartPending: .*the OIDC provider is being asked/);
  });

  test('is not begun on a bad answer, which NiFi would get as well', () => {
    const outcome = planned(well.when(three), bad);
    assert.deepEqual(acts(outcome), []);
    assert.match(told(outcome).join('\n'), /DiscoveryFailed: Waiting to restart node 1: the OIDC provider answers 404/);
  });

  test('of one node is tried when only the operator gets no answer, whatever maxUnavailable', () => {
    const outcome = planned(well.when(three), silent);
    assert.deepEqual(acts(outcome), ['MarkPod 1']);
    assert.match(told(outcome).join('\n'), /Waiting to restart node 2: .*one node is tried first/);
  });

  test('of the others follows once the tried node is up with it', () => {
    const changes = three.withSpec({ rollout: { maxUnavailable: 3 } });
    const tried = aWorld(changes).provisioned().withView(all);
    const back = well.when(changes).withRecord(1, tried.world.records.get(1) ?? {});
    const revision = tried.world.pods.get(1)?.revision;
    assert.deepEqual(acts(planned(back.withPod(1, { revision }), silent)), ['MarkPod 2', 'MarkPod 0']);
  });

  test('of the only member is not tried', () => {
    const single = aWorld(aCluster().withNodes(1)).provisioned().withView({ 0: 'CONNECTED' });
    const outcome = planned(
      single.when(
        aCluster()
          .withNodes(1)
          .withNode({ jvm: { heap: '2g' } }),
      ),
      silent,
    );
    assert.deepEqual(acts(outcome), []);
    assert.match(told(outcome).join('\n'), /DiscoveryFailed/);
  });

  test('that a person asks for is done all the same', () => {
    const asking = cluster.annotated({ [annotations.restartRequestedAt]: timestampText(now.getTime()) });
    assert.deepEqual(acts(planned(well.when(asking), bad)), ['MarkPod 1']);
  });

  test('of a node that is down already waits for no provider: it cannot get worse', () => {
    const down = well
      .when(changed)
      .withPod(1, crashed('no'))
      .withView({ ...all, 1: 'DISCONNECTED' });
    assert.deepEqual(acts(planned(down, bad)), ['CreateRevision 1', 'UpdateRecord 1', 'DeletePod 1']);
  });
});

test('A removal asks no provider', () => {
  const fewer = well.when(aCluster().withNodes(2));
  assert.deepEqual(acts(planned(fewer, bad)), ['MarkPod 2']);
});
