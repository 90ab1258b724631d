// What a test does to the machines and Pods from outside: the handles of PlayedKubelet.

import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import { pods as podType } from '../../pkg/kube/resources.ts';
import { keyOf, keyText } from '../../pkg/kube/types.ts';
import { diskDirectory, type Host, timestamp } from './host.ts';
import { type Machine, showBack, showLost } from './nodes.ts';
import type { PlayedPod } from './pod.ts';
import type { PlayedKubelet } from './types.ts';
import { patchObject } from './writes.ts';

export function createHandles(
  host: Host,
  machines: readonly Machine[],
  pods: ReadonlyMap<string, PlayedPod>,
  stop: () => Promise<void>,
): PlayedKubelet {
  const { faults } = host;
  const find = (namespace: string, name: string): PlayedPod => {
    const pod = pods.get(keyText({ namespace, name }));
    if (pod === undefined) throw new Error(`no Pod ${namespace}/${name} on a played node`);
    return pod;
  };
  return {
    pods,
    nodes: machines.map(({ name }) => name),
    failImage: (match) => faults.failImage(match),
    holdImage: (match) => faults.holdImage(match),
    holdReadiness: (namespace, name) => faults.holdReadiness({ namespace, name }),
    killContainer: (namespace, name, reason = 'Error') => find(namespace, name).kill(reason),
    async failPod(namespace, name, reason = 'Evicted', message = 'The node was low on resource: memory.') {
      await find(namespace, name).fail(reason, message);
    },
    async nodeLost(node) {
      faults.loseNode(node);
      const lost = [...pods.values()].filter((pod) => pod.node === node);
      for (const pod of lost) pod.kill('Error');
      await showLost(host, node);
      await Promise.all(lost.map((pod) => showUnready(host, pod)));
    },
    async nodeBack(node) {
      await showBack(host, node);
      faults.returnNode(node);
      for (const pod of pods.values()) if (pod.node === node) pod.nodeCameBack();
    },
    blockProvisioning: (match) => faults.blockProvisioning(match),
    diskOf: (claimUid) => diskDirectory(host.dir, claimUid),
    stop,
  };
}

/** What the node lifecycle controller writes to the Pods of a node that it does not hear from. */
async function showUnready(host: Host, pod: PlayedPod): Promise<void> {
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'NodeNotReady',
    message: '',
    lastTransitionTime: timestamp(),
  };
  try {
    await patchObject(
      host,
      { type: podType, key: keyOf(pod.object), uid: pod.uid, subresource: 'status' },
      { status: { conditions: [condition] } },
    );
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
