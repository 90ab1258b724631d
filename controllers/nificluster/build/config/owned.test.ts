import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replaceableFiles as admitted } from '../../../../api/v1/nificluster.config.schema.ts';
import { operatorOwnedEnvironment } from '../../../../api/v1/owned-properties.ts';
import { isOperatorOwnedBootstrapProperty, isOperatorOwnedProperty, replaceableFiles } from './owned.ts';
import { directoryEnvironment } from './paths.ts';

describe('what users may not set', () => {
  test('are the keys of the API, and mappings that NiFi would try before ours', () => {
    const owned = [
      'nifi.sensitive.props.key',
      'nifi.cluster.flow.election.max.candidates',
      'nifi.content.repository.directory.more',
      'nifi.security.keystorePasswd',
      'nifi.security.identity.mapping.pattern.0-nodes',
      'nifi.security.identity.mapping.value.0',
      'nifi.security.identity.mapping.transform.-x',
    ];
    assert.deepEqual(
      owned.filter((key) => !isOperatorOwnedProperty(key)),
      [],
    );
  });

  test('are not tuning, not mappings behind ours, not families that users name', () => {
    const free = [
      'nifi.queue.swap.threshold',
      'nifi.security.identity.mapping.pattern.dn',
      'nifi.security.identity.mapping.pattern.1',
      'nifi.nar.library.provider.registry.url',
      'nifi.python.command',
    ];
    assert.deepEqual(free.filter(isOperatorOwnedProperty), []);
  });

  test('are the heap and the arguments that rendering itself numbers', () => {
    for (const key of ['java.arg.3', 'java.arg.z001', 'java.arg.consoleTarget', 'management.server.address']) {
      assert.equal(isOperatorOwnedBootstrapProperty(key), true, key);
    }
    assert.equal(isOperatorOwnedBootstrapProperty('java.arg.debug'), false);
  });

  test('are the directories that the entry script is told', () => {
    assert.deepEqual(operatorOwnedEnvironment.toSorted(), Object.keys(directoryEnvironment).toSorted());
  });

  test('rendering takes the same whole files that admission takes', () => {
    assert.deepEqual(replaceableFiles.toSorted(), [...admitted].toSorted());
  });
});
