// What a scenario acts on and with: a Kubernetes on which the operator is installed, the programs of a user, and, where NiFi is played, the
// world in which it is. A scenario has a namespace of its own, and says what it does to Pods: all else that happens to them is a failure.

import type { KubeClient } from '../../../pkg/kube/client.ts';
import type { NiFiWorld } from '../../nifi/world.ts';
import type { RunOptions } from '../../node/command.ts';
import type { History } from './history.ts';

/** Which NiFi clusters of scenarios run. */
export interface NiFiChoice {
  readonly version: string;
  /** The image without its tag, where it is not the default one. */
  readonly image: string | undefined;
  /** A version to upgrade to; undefined where there is only one. */
  readonly newer: string | undefined;
}

/** What all scenarios of a run share. */
export interface Ground {
  readonly client: KubeClient;
  readonly history: History;
  /** Where NiFi is played; undefined with an image of NiFi. */
  readonly world: NiFiWorld | undefined;
  /** Path of the API server's audit log; undefined where it is not ours. */
  readonly auditLog: string | undefined;
  /** The image by which the older operator is known to the node; undefined where there is none. */
  readonly olderOperator: { readonly repository: string; readonly tag: string } | undefined;
  /** Ends the API server and starts it again; undefined where it is not ours. */
  readonly restartApiServer: (() => Promise<void>) | undefined;
  readonly nifi: NiFiChoice;
  /** The checkout that is tested. */
  readonly source: string;
  /** Runs a line of a user's shell in it, with helm and kubectl on its PATH. */
  readonly shell: (line: string, options?: RunOptions) => Promise<string>;
  readonly onProgress: (line: string) => void;
}

export interface Stage extends Ground {
  /** Made for this scenario, with the standard `restricted`. */
  readonly namespace: string;
  /** kubectl, in the scenario's namespace. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Another namespace that the scenario answers for. */
  answerFor(namespace: string): void;
  /** So many more starts of NiFi belong to what the scenario does. */
  expectStarts(count: number): void;
  /** From now on a flow file that is lost is meant to be: the data is given up. */
  giveUpData(): void;
  /** What the chart grants now, with other values than at first, must be used until the run ends, too. */
  grantsNow(): Promise<void>;
  /** What the operator is denied meanwhile, and a moment longer, is meant: Helm takes rights away before those who have them end. */
  whileRightsGo<T>(work: () => Promise<T>): Promise<T>;
  /** A flow at work, watched to its end by the oracles. */
  watchFlow(flow: WatchedFlow): void;
}

export interface WatchedFlow {
  counts(): { readonly produced: number; readonly consumed: number; readonly queued: number; readonly lost: number };
  stop(): void;
}

/**
 * When a scenario runs: first of all, beside others, alone, when the standing cluster is needed no more, after it is gone, or
 * only when it is named. */
export type Turn = 'first' | 'beside' | 'alone' | 'last' | 'afterwards' | 'by hand';

export interface Scenario {
  /** A sentence: what holds. */
  readonly title: string;
  readonly turn: Turn;
  readonly run: (stage: Stage) => Promise<void>;
  /** Where one of these is not there, the scenario is skipped, and that is told. */
  readonly needs: readonly Need[];
}

/** What not every ground has: a played NiFi, an API server to restart, an older operator, a second version of NiFi. */
export type Need = 'world' | 'restartApiServer' | 'olderOperator' | 'newer NiFi';

export function scenario(
  title: string,
  turn: Turn,
  run: (stage: Stage) => Promise<void>,
  needs: readonly Need[] = [],
): Scenario {
  return { title, turn, run, needs };
}

/** Of what is needed, what is not there. */
export function lacking(ground: Ground, needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => (need === 'newer NiFi' ? ground.nifi.newer : ground[need]) === undefined);
}
