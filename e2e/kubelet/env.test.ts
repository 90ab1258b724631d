import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../pkg/kube/resources.ts';
import { ConfigError, expand, resolveEnv, type Sources } from './env.ts';
import { anObject, aPod } from './testing.ts';

const sources: Sources = {
  configMap: (name) => (name === 'settings' ? anObject('ConfigMap', name, { a: '1', b: '2' }) : undefined),
  secret: (name) => (name === 'keys' ? anObject('Secret', name, { key: 'hush' }) : undefined),
};
const place = { node: 'node-1', hostIp: '127.0.0.9', podIp: '127.9.1.1', allocatable: { cpu: '8', memory: '16Gi' } };

function resolve(container: object): Readonly<Record<string, string>> {
  const pod: Pod = {
    ...aPod('env', {}, container),
    metadata: { name: 'env', namespace: 'default', labels: { app: 'x' } },
  };
  const spec = pod.spec?.containers[0];
  assert.ok(spec);
  return resolveEnv(pod, spec, place, sources);
}

describe('the environment of a container', () => {
  test('takes whole objects first, with a prefix, and lets single variables win', () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }, { prefix: 'S_', secretRef: { name: 'keys' } }];
    assert.deepEqual(resolve({ envFrom, env: [{ name: 'a', value: 'own' }] }), { a: 'own', b: '2', S_key: 'hush' });
  });

  test('resolves keys, fields and resources', () => {
    const env = [
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
    ];
    const resources = { limits: { memory: '2Gi' } };
    assert.deepEqual(resolve({ env, resources }), { KEY: 'hush', NODE: 'node-1', APP: 'x', CPU: '8', MEMORY: '2048' });
  });

  test('expands what stands before, leaves what is unknown and undoes a doubled dollar', () => {
    const env = [
      { name: 'HOME', value: '/opt' },
      { name: 'CONF', value: '$(HOME)/conf' },
      { name: 'LATER', value: '$(NEXT)' },
      { name: 'NEXT', value: '1' },
    ];
    assert.deepEqual(resolve({ env }), { HOME: '/opt', CONF: '/opt/conf', LATER: '$(NEXT)', NEXT: '1' });
    assert.equal(expand('$$(HOME) costs 5$', { HOME: '/opt' }), '$(HOME) costs 5$');
  });

  test('leaves out what is optional and says what is not there', () => {
    const key = { name: 'settings', key: 'missing' };
    const env = [{ name: 'K', valueFrom: { configMapKeyRef: { ...key, optional: true } } }];
    const envFrom = [{ secretRef: { name: 'gone', optional: true } }];
    assert.deepEqual(resolve({ env, envFrom }), {});
    const missingKey = { env: [{ name: 'K', valueFrom: { configMapKeyRef: key } }] };
    assert.throws(
      () => resolve(missingKey),
      new ConfigError("couldn't find key missing in ConfigMap default/settings"),
    );
    const missingSecret = { envFrom: [{ secretRef: { name: 'gone' } }] };
    assert.throws(() => resolve(missingSecret), new ConfigError('secret "gone" not found'));
  });
});
