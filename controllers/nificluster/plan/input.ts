// What a plan is computed from. Everything a planner may know is in here: the same input gives the same plan.

import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import type { Revision, RevisionIdentity } from '../build/revision.ts';
import type { ResolvedCluster } from '../resolved.ts';
import type { ClusterStep, Finding } from './steps.ts';
import type { World } from './world.ts';

export interface PlanInput {
  readonly cluster: ResolvedCluster;
  readonly world: World;
  /** The revision that the spec asks of each member; absent where it cannot be rendered (a missing reference, say). */
  readonly desired: ReadonlyMap<number, RevisionIdentity>;
  /** Renders one of them whole. Pure: the same id gives the same revision. */
  readonly render: (id: number) => Revision | undefined;
  /** The same on these volumes. */
  readonly renderOn: (id: number, volumes: readonly StorageVolume[]) => Revision | undefined;
  /** What is known of the key that encrypts sensitive values; nothing is started without it. */
  readonly sensitiveKey: SensitiveKeyState;
  /** What has to be written before the nodes can be rendered, for people to log in. */
  readonly signInStep?: ClusterStep;
  /** Whether the OIDC provider answers: NiFi does not start without it. Undefined where nobody needs to ask. */
  readonly discovery?: Discovery;
  /** Mark of the key as it is now; undefined while the key is not known. */
  readonly keyCheck?: string;
  readonly now: Date;
  /** The same moment on the clock of NiFi's views and reports. */
  readonly monotonicMs: number;
}

export type Discovery =
  | { readonly state: 'asking' }
  | { readonly state: 'answers' }
  | {
      readonly state: 'fails';
      /** Ends a sentence. */
      readonly because: string;
      /** It answered, and with something that NiFi cannot use; otherwise only the operator may not reach it. */
      readonly answered: boolean;
    };

export type SensitiveKeyState =
  | { readonly state: 'present' }
  /** There is none and nothing was ever encrypted: it is made from this freshly drawn value. */
  | { readonly state: 'toCreate'; readonly value: string }
  /** A Secret of an earlier cluster of this name, to be taken over. */
  | { readonly state: 'toAdopt'; readonly resourceVersion: string }
  | { readonly state: 'missing'; readonly finding: Finding };
