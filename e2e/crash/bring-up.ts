// One bring-up of a cluster in a namespace of its own, by operators that are killed on the way, to its end: the cluster is
// Ready, NiFi has what it is to be given, and nothing is written any more.

import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import type { Kill } from './operators.ts';
import { Operators } from './operators.ts';
import { removePods } from './remove-pods.ts';

export const clusterName = 'prod';

/** For a machine that has other things to do as well. */
const patient = { timeoutMs: 120_000 };

/** How far a bring-up has come in NiFi. */
export interface Progress {
  /** Policies and settings that the last process has asked for. */
  readonly looks: number;
  readonly policies: number;
}

export class BringUp {
  readonly namespace: string;
  readonly operators: Operators;
  private readonly lab: Lab;
  private readonly kills: readonly Kill[];
  private handle: ClusterHandle | undefined;
  private ready = false;

  constructor(lab: Lab, program: string, namespace: string, kills: readonly Kill[] = []) {
    this.lab = lab;
    this.namespace = namespace;
    this.operators = new Operators(lab, namespace, program);
    this.kills = kills;
  }

  /** Creates the cluster, and a process to bring it up. */
  async start(spec: NiFiClusterSpec): Promise<void> {
    const namespace = await aNamespace(this.lab, this.namespace);
    this.handle = await namespace.create(clusterName, spec);
    this.operators.arm(this.kills);
    await this.operators.start();
  }

  /**
   * Resolves when the cluster is Ready, NiFi has what it was to be given, the last process has seen so, and nothing is
   * written any more for seconds. Throws when anything is.
   */
  async converged(expected: Progress): Promise<void> {
    await this.isUp(expected);
    await this.operators.quiet();
  }

  /** The same, but for the silence afterwards. */
  async isUp(expected: Progress): Promise<void> {
    await until(`${this.namespace}/${clusterName} is Ready`, () => this.isReady(), {
      ...patient,
      everyMs: 100,
      describe: () => this.report(),
    });
    await until(
      'the last process has looked at NiFi',
      () => {
        this.operators.assertAlive();
        const { looks, policies } = this.progress;
        return !this.operators.isDying && looks >= expected.looks && policies >= expected.policies;
      },
      { ...patient, describe: () => this.report() },
    );
  }

  get cluster(): ClusterHandle {
    if (this.handle === undefined) throw new Error('the cluster was not created yet');
    return this.handle;
  }

  get progress(): Progress {
    const policies = this.ready
      ? (this.lab.nifi.cluster(`${this.namespace}/${clusterName}`).state?.policies.size ?? 0)
      : 0;
    return { looks: this.operators.looks, policies };
  }

  /** Ends the last process (`gracefully` for one that should leave in order) and the nodes. */
  async stop({ gracefully = false } = {}): Promise<void> {
    await this.operators.stop(gracefully);
    await removePods(this.lab, this.namespace);
  }

  private async isReady(): Promise<boolean> {
    this.operators.assertAlive();
    const { metadata, status } = await this.cluster.get();
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    this.ready = ready?.status === 'True' && status?.observedGeneration === metadata.generation;
    return this.ready;
  }

  private async report(): Promise<unknown> {
    const { status } = await this.cluster.get();
    return { status, progress: this.progress, ...this.operators.report() };
  }
}
