// Names that a cluster needs are taken by objects of others: that is told, and theirs are left as they are; once they are gone, it comes up.
// Beside it a cluster whose volume grows, and that wants a listener and its network policy no more.

import assert from 'node:assert/strict';
import { serviceAccountName } from '../../api/v1/labels.ts';
import { networkPolicies, persistentVolumeClaims, services } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { aCluster, newCluster } from './lib/cluster.ts';
import { scenario } from './lib/stage.ts';

export const strangers = scenario(
  'what belongs to others is left alone, and what is asked for no more goes',
  'beside',
  async (stage) => {
    const byKubectl = async (verb: string, objects: object): Promise<void> => {
      const input = JSON.stringify(objects);
      await stage.shell(`kubectl ${verb} --namespace ${stage.namespace} --filename -`, { input });
    };
    await byKubectl('apply', namesTaken());
    await byKubectl('apply', bindingTaken());
    const taken = await newCluster(stage, 'taken', { replicas: 1 });
    const cluster = await aCluster(stage, 'prod', {
      replicas: 1,
      listeners: [{ name: 'syslog', port: 5140, service: {} }],
    });
    const before = await cluster.podUids();

    await cluster.change({
      spec: { node: { storage: [{ name: 'data', size: '2Gi' }] }, networkPolicy: { enabled: false } },
    });
    const grown = async (): Promise<boolean> => {
      const claim = await stage.client.get(persistentVolumeClaims, cluster.handle.key('data-prod-0'));
      const policy = await stage.client.get(networkPolicies, cluster.handle.key('prod'));
      return claim?.status?.capacity?.['storage'] === '2Gi' && policy === undefined;
    };
    await until('the volume has grown and the policy is gone', grown, { timeoutMs: 60_000, everyMs: 250 });
    assert.deepEqual(await cluster.podUids(), before);

    // A port of a Pod less is another Pod.
    stage.expectStarts(1);
    await cluster.change({ spec: { listeners: null } });
    await cluster.settled();
    const service = async (): Promise<boolean> =>
      (await stage.client.get(services, cluster.handle.key('prod-syslog'))) === undefined;
    await until('the Service of the listener is gone', service, { timeoutMs: 60_000, everyMs: 250 });

    await taken.until(
      'the conflict is told',
      ({ status }) => status?.nodes?.every(({ reason }) => reason === 'NameConflict') === true,
    );
    assert.match(await stage.kubectl('get', 'service/taken', '--output=jsonpath={.spec.ports[0].port}'), /^80$/u);

    // Nothing is bound before the Role is there, so whose the binding is comes out only now.
    await byKubectl('delete', namesTaken());
    await taken.until('the conflict of the binding is told', ({ status }) =>
      (status?.conditions ?? []).some(({ message }) => message.includes('RoleBinding taken-nodes exists')),
    );

    stage.expectStarts(1);
    await byKubectl('delete', bindingTaken());
    await taken.settled();
  },
);

/** One of each kind but the binding, under the name that the cluster `taken` needs. */
function namesTaken(): object {
  const nobody = { matchLabels: { nobody: 'yes' } };
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const strangers = [
    of('v1', 'ServiceAccount', serviceAccountName('taken'), {}),
    of('v1', 'Service', 'taken', { spec: { ports: [{ port: 80 }] } }),
    of('v1', 'PersistentVolumeClaim', 'data-taken-0', { spec: claim }),
    of('networking.k8s.io/v1', 'NetworkPolicy', 'taken', { spec: { podSelector: nobody } }),
    of('policy/v1', 'PodDisruptionBudget', 'taken', { spec: { maxUnavailable: 1, selector: nobody } }),
    of('rbac.authorization.k8s.io/v1', 'Role', 'taken-nodes', { rules: [] }),
  ];
  return { apiVersion: 'v1', kind: 'List', items: strangers };
}

function bindingTaken(): object {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'taken-nodes' };
  return of('rbac.authorization.k8s.io/v1', 'RoleBinding', 'taken-nodes', { roleRef });
}

function of(apiVersion: string, kind: string, name: string, fields: object): object {
  return { apiVersion, kind, metadata: { name }, ...fields };
}
