import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTold, kubernetesWrite, nifiWrite, WriteCounter } from './writes.ts';

const core = '/api/v1/namespaces/data';
const group = '/apis/datadynamics.io/v1/namespaces/data';

describe('Naming writes', () => {
  test('a write is named by method and object, and a read by nothing', () => {
    const of = (method: string, path: string) => kubernetesWrite({ method, path, watch: false });
    assert.equal(of('POST', `${core}/pods?fieldManager=nifi-operator`), 'POST pods');
    assert.equal(of('PATCH', `${group}/nificlusters/prod/status`), 'PATCH nificlusters/prod/status');
    assert.equal(of('PATCH', '/apis/events.k8s.io/v1/namespaces/data/events/prod.19e'), 'PATCH events');
    assert.equal(of('DELETE', `${core}/configmaps/prod-1-r5rf1iqv0i`), 'DELETE configmaps/prod-1-<digest>');
    assert.equal(of('GET', `${core}/pods`), undefined);
    assert.throws(() => of('DELETE', '/api/v1/nodes/a'), /outside of a namespace/);
  });

  test('ids in NiFi differ from cluster to cluster and are left out', () => {
    const path = '/nifi-api/policies/2d66b786-99a9-48f9-8c6f-02c4edeb136b';
    assert.equal(nifiWrite({ method: 'PUT', path }), 'PUT /nifi-api/policies/<id>');
    assert.equal(nifiWrite({ method: 'GET', path }), undefined);
  });

  test('writes are counted by kind, and told ones apart', () => {
    const counter = new WriteCounter();
    counter.next('Kubernetes', 'POST pods');
    const status = counter.next('Kubernetes', 'PATCH nificlusters/prod/status');
    const event = counter.next('Kubernetes', 'POST events');
    assert.equal(counter.next('Kubernetes', 'POST pods').nth, 2);
    assert.equal(counter.next('NiFi', 'POST pods').nth, 1);
    assert.deepEqual([isTold(status), isTold(event), counter.counted], [true, true, 3]);
  });
});
