// The one cluster of a model, and its secret.

import type { ObjectKey } from '../../../pkg/kube/types.ts';

export const key: ObjectKey = { namespace: 'data', name: 'prod' };

/** The sensitive properties key: never to be seen in anything that people may read but the spec that they wrote. */
export const canary = 'canary-of-the-sensitive-key';
