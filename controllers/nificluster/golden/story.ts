// Golden logs: one whole rollout in virtual time, told as prose that a person on call can follow and a reviewer can judge.
// Who did what and when: people, the operator's writes, its events, what its status says, Kubernetes and NiFi.
// Every duration is the middle of its range, so a log changes only when what happens does; GOLDEN=write writes it anew
// into the test, to be read as a diff.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import { type Pod, podDisruptionBudgets, pods } from '../../../pkg/kube/resources.ts';
import type { Change } from '../../../pkg/kube/testing/model-api.ts';
import { type Act, act } from '../model/acts.ts';
import { key } from '../model/names.ts';
import { calmRandom } from '../model/random.ts';
import { aModelCluster, ModelWorld } from '../model/world.ts';
import type { ClusterBuilder } from '../testing.ts';
import { proseOf } from './prose.ts';

export interface Beginning {
  readonly cluster?: ClusterBuilder;
  /** Flow files that wait on each node when the story begins. */
  readonly queued?: number;
  /** The story begins before there is a cluster. */
  readonly unsettled?: boolean;
  /** Every sentence of the status, and not only those with another reason. */
  readonly everySentence?: boolean;
}

export class Story {
  readonly world: ModelWorld;
  /** What the status says that NiFi runs, each time that it has just become Ready. */
  readonly versionsWhenReady: (string | undefined)[] = [];
  private readonly sinceMs: number;
  private readonly firstUids: ReadonlyMap<number, string>;
  private readonly everySentence: boolean;
  private said: Said;
  private end: { readonly lines: number; readonly text: string } | undefined;
  private readonly stuck = new Map<string, string>();

  private constructor(world: ModelWorld, everySentence: boolean) {
    this.world = world;
    this.everySentence = everySentence;
    this.sinceMs = world.clock.monotonicMs();
    this.firstUids = uidsIn(world);
    this.said = saidBy(world.api.peek(nifiClusterType, key));
    const { changed } = world.api;
    world.api.changed = (change) => {
      changed(change);
      this.saw(change);
    };
  }

  static async of(beginning: Beginning = {}): Promise<Story> {
    const { cluster = aModelCluster(), queued = 0, unsettled = false, everySentence = false } = beginning;
    const options = { random: calmRandom(), cluster };
    if (unsettled) return new Story(new ModelWorld(options), everySentence);
    const world = await ModelWorld.settled(options);
    await world.pass(10_000);
    for (const { disk } of world.nifi.processes) world.disks.produce(disk, queued - world.disks.queued(disk));
    return new Story(world, everySentence);
  }

  /** Somebody does this, or something goes wrong. */
  does(text: string, ...what: readonly (Act | (() => void))[]): void {
    this.world.trace.tell('person', text);
    for (const each of what) {
      if (typeof each === 'function') each();
      else act(this.world, each);
    }
  }

  spec(change: Parameters<ClusterBuilder['withSpec']>[0]): void {
    this.world.respec(this.world.cluster.withSpec(change));
  }

  /** What an eviction answers that `kubectl drain` asks for: no, as long as the budget would be broken. */
  evicts(id: number): boolean {
    const { api } = this.world;
    const [budget] = api.snapshot(podDisruptionBudgets).values();
    const { minAvailable = 0 } =
      (budget as { readonly spec?: { readonly minAvailable?: number } } | undefined)?.spec ?? {};
    const pod = api.peek(pods, { ...key, name: `prod-${id}` });
    const ready = [...api.snapshot(pods).values()].filter(isReady).length;
    if (pod === undefined || (isReady(pod) && ready - 1 < minAvailable)) return false;
    api.drop(pods, { ...key, name: `prod-${id}` });
    return true;
  }

  async pass(seconds: number): Promise<void> {
    await this.world.pass(seconds * 1_000);
  }

  /** Until right after a line of the trace says so; what the trace said before does not count. */
  async until(text: string, withinSeconds = 300): Promise<void> {
    const { clock, oracles, trace } = this.world;
    const from = trace.lines.length;
    const end = clock.monotonicMs() + withinSeconds * 1_000;
    while (trace.lines.slice(from).every((line) => !line.text.includes(text))) {
      if (clock.monotonicMs() > end) oracles.fail(`nobody said "${text}" within ${withinSeconds} s`);
      await this.world.pass(Math.max(clock.nextTimerMs ?? 1, 0.1));
    }
  }

  /** Until everything is as the spec says and nobody writes any more. */
  async settles(withinSeconds = 600): Promise<void> {
    await this.world.converge(withinSeconds * 1_000);
    await this.world.rest(20_000);
  }

  /** The nodes whose Pod is another one now, or gone. */
  replaced(): readonly number[] {
    const now = uidsIn(this.world);
    return [...this.firstUids].filter(([id, uid]) => now.get(id) !== uid).map(([id]) => id);
  }

  /** What follows is not in the log: another log shows the same, or this sentence says it all. */
  ends(text: string): void {
    this.end = { lines: this.world.trace.lines.length, text };
  }

  /** Compares the log with the one in the test; the oracles have the last word, and the books agree. */
  isTold(file: string, expected: string): void {
    const { oracles, disks } = this.world;
    oracles.finish();
    assert.equal(disks.imbalance(), undefined);
    assert.equal(disks.lost, 0, 'flow files are lost');
    const told = `\n${this.log()}`;
    if (process.env['GOLDEN'] === 'write') rewrite(file, expected, told);
    else assert.equal(told, expected.replaceAll(/^ {6}/gmu, '').replace(/ *$/u, ''));
  }

  private log(): string {
    const { disks, trace } = this.world;
    const { produced, consumed, givenUp } = disks;
    const queued = disks.holding().reduce((sum, disk) => sum + disks.queued(disk), 0);
    const lost = givenUp === 0 ? 'none is lost' : `${givenUp} were on what a person deleted, none else is lost`;
    const end = `Of ${produced} flow files ${consumed} were consumed and ${queued} are queued: ${lost}.`;
    const told = proseOf(trace.lines.slice(0, this.end?.lines), this.sinceMs);
    return `${told}${this.end === undefined ? '' : `${this.end.text}\n`}${end}\n`;
  }

  private saw({ plural, object }: Change): void {
    if (plural === nifiClusterType.plural) this.sawStatus(object as DefaultedNiFiCluster);
    if (plural === pods.plural) this.sawPod(object);
  }

  /** What `Ready` says, whenever it says something else. */
  private sawStatus(cluster: DefaultedNiFiCluster): void {
    const now = saidBy(cluster);
    const { reason, message } = this.said;
    const news = now.reason !== reason || (now.message !== message && this.everySentence);
    if (news) this.world.trace.tell('operator', `${now.reason}: ${now.message}`);
    if (news && now.reason === 'Ready') this.versionsWhenReady.push(cluster.status?.version);
    this.said = now;
  }

  /** Why a container waits, whenever it is for something else. */
  private sawPod({ metadata: { name }, status }: Pod): void {
    const reason = status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '';
    if (reason !== '' && reason !== this.stuck.get(name)) {
      this.world.trace.tell('kubernetes', `Pod ${name} is in ${reason}`);
    }
    this.stuck.set(name, reason);
  }
}

interface Said {
  readonly reason: string;
  readonly message: string;
}

function saidBy(cluster: DefaultedNiFiCluster | undefined): Said {
  const conditions = cluster?.status?.conditions ?? [];
  const { reason = '', message = '' } = conditions.find(({ type }) => type === 'Ready') ?? {};
  return { reason: conditions.some(({ type }) => type === 'Stalled') ? `Stalled, ${reason}` : reason, message };
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Of each node's Pod. */
function uidsIn({ api }: ModelWorld): ReadonlyMap<number, string> {
  return new Map(
    [...api.snapshot(pods).values()].map(({ metadata: { name, uid = '' } }) => [
      Number(name.slice(name.lastIndexOf('-') + 1)),
      uid,
    ]),
  );
}

function rewrite(file: string, expected: string, told: string): void {
  const path = new URL(file);
  const text = readFileSync(path, 'utf8');
  assert.ok(!/[`\\]|\$\{/u.test(told), 'a log can stand in a template as it is');
  assert.equal(text.split(`\`${expected}\``).length, 2, 'each log stands in its test once');
  const indented = told.replaceAll(/^(?=.)/gmu, '      ').replace(/\n$/u, '\n    ');
  writeFileSync(
    path,
    text.replace(`\`${expected}\``, () => `\`${indented}\``),
  );
}
