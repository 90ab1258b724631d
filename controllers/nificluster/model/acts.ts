// What may happen to a world: what people ask of a cluster and of NiFi, and what goes wrong around it.
// An act that does not fit (a Pod that is not there, a spec that admission would refuse) is no act, so that any
// sequence is a run and shrinking one gives another.

import { annotations, labels } from '../../../api/v1/labels.ts';
import { persistentVolumeClaims, pods } from '../../../pkg/kube/resources.ts';
import { membersOf } from '../plan/membership.ts';
import type { ClusterBuilder } from '../testing.ts';
import { brokenVariable } from './manifest.ts';
import { key } from './names.ts';
import type { NiFiProcess } from './nifi-process.ts';
import type { ModelWorld } from './world.ts';

export type Act =
  | { readonly kind: 'configure'; readonly value: number }
  | { readonly kind: 'configureNode'; readonly id: number; readonly value: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'decommission'; readonly ids: readonly number[] }
  | {
      readonly kind:
        | 'upgrade'
        | 'badImage'
        | 'breakStart'
        | 'addVolume'
        | 'revert'
        | 'pause'
        | 'pauseRollout'
        | 'resume';
    }
  | { readonly kind: 'restart' }
  | { readonly kind: 'restartNode' | 'loseClaim' | 'disconnect' | 'connect'; readonly id: number }
  | { readonly kind: 'killProcess' | 'deletePod' | 'evict' | 'loseMachine'; readonly id: number }
  | { readonly kind: 'hang' | 'block' | 'heal'; readonly id: number }
  | { readonly kind: 'staleView'; readonly id: number; readonly ms: number }
  | { readonly kind: 'lag' | 'cutWatch'; readonly plural: string; readonly ms: number }
  | { readonly kind: 'returnMachines' | 'crash' | 'forgetDisconnected' };

/** Does it, and says so in the trace. */
export function act(world: ModelWorld, what: Act): void {
  world.trace.tell('person', JSON.stringify(what));
  const doIt = acts[what.kind] as (world: ModelWorld, what: Act) => void;
  doIt(world, what);
}

type Of<K extends Act['kind']> = Extract<Act, { kind: K }>;

type Acts = { readonly [K in Act['kind']]: (world: ModelWorld, what: Of<K> & { kind: K }) => void };

const acts: Acts = {
  configure: (world, { value }) => world.respec(world.cluster.withNode({ jvm: { heap: `${value}g` } })),
  configureNode: (world, { id, value }) => world.respec(withHeap(world.cluster, id, value)),
  scale: (world, { replicas }) => world.respec(world.cluster.withSpec({ replicas })),
  decommission: (world, { ids }) => world.respec(world.cluster.withSpec({ decommission: ids })),
  upgrade: (world) => world.respec(world.cluster.withSpec({ version: '2.7.0' })),
  badImage: (world) => world.respec(world.cluster.withSpec({ image: 'apache/nifi:missing' })),
  breakStart: (world) => world.respec(world.cluster.withNode({ env: [{ name: brokenVariable, value: 'yes' }] })),
  addVolume: (world) => {
    // A node that cannot start cannot be emptied: what it is given first must let it start, as a person is told.
    if (world.oracles.missing() !== undefined) return;
    const storage = [
      { name: 'data', size: '10Gi' },
      { name: 'flowfile', size: '5Gi' },
    ];
    world.respec(world.cluster.withNode({ storage }));
  },
  revert: (world) => {
    const before = world.former.at(-1);
    if (before !== undefined && keepsVolumes(world.cluster, before)) world.respec(before);
  },
  pause: (world) => world.respec(world.cluster.withSpec({ paused: true })),
  pauseRollout: (world) => world.respec(world.cluster.withSpec({ rollout: { paused: true } })),
  resume: (world) => resume(world),
  restart: (world) => world.wish('restartRequestedAt', world.clock.now().toISOString()),
  restartNode: (world, { id }) => {
    const request = { [annotations.restartRequestedAt]: world.clock.now().toISOString() };
    world.api.play(pods, podOf(id), { metadata: { annotations: request } });
  },
  loseClaim: (world, { id }) => loseClaim(world, id),
  disconnect: (world, { id }) => {
    const entry = world.entryOf(id);
    const others = world.nifi.connectedProcesses().some((process) => process !== entry?.process);
    if (entry?.status === 'CONNECTED' && others) world.nifi.disconnect(entry, 'CN=somebody');
  },
  connect: (world, { id }) => {
    const entry = world.entryOf(id);
    if (entry?.status === 'DISCONNECTED' || entry?.status === 'OFFLOADED') world.nifi.connect(entry, 'CN=somebody');
  },
  killProcess: (world, { id }) => world.kubelet.killProcess(podOf(id).name),
  deletePod: (world, { id }) => world.api.drop(pods, podOf(id)),
  evict: (world, { id }) => world.kubelet.fail(podOf(id).name),
  loseMachine: (world, { id }) => world.kubelet.loseMachine(podOf(id).name),
  hang: (world, { id }) => change(world, id, { hung: true }),
  block: (world, { id }) => change(world, id, { blocked: true }),
  heal: (world, { id }) => change(world, id, { hung: false, blocked: false, staleMs: 0 }),
  staleView: (world, { id, ms }) => change(world, id, { staleMs: ms }),
  lag: (world, { plural, ms }) => world.operator.caches.lag(plural, ms),
  cutWatch: (world, { plural, ms }) => world.operator.caches.cut(plural, ms),
  returnMachines: (world) => world.kubelet.returnMachines(),
  crash: (world) => world.operator.kill(),
  forgetDisconnected: (world) => world.nifi.forgetDisconnected(),
};

/** What a run is ended with: everybody mends what they broke, so that nothing stands in the way of convergence. */
export function mendAll(world: ModelWorld): void {
  world.mend();
  world.trace.tell('person', 'everything is mended');
  if (needsAnother(world)) world.respec(world.cluster.withSpec({ replicas: 2 }));
  resume(world);
  giveUp(world);
  if (wasUpgraded(world)) world.wish('allowDowngrade', world.cluster.build().spec.version);
  for (const entry of world.nifi.table.in('DISCONNECTED')) {
    if (entry.events.some((event) => event.startsWith('User CN=somebody'))) world.nifi.connect(entry, 'CN=somebody');
  }
}

/** A node whose disk is gone leaves only when a person gives up its data, with all that is on its other volumes. */
function giveUp(world: ModelWorld): void {
  const members = membersOf(world.cluster.build().spec);
  const leaving = [...world.deletedByPerson].filter(([, id]) => !members.includes(id));
  if (leaving.length === 0) return;
  for (const { metadata } of world.api.snapshot(persistentVolumeClaims).values()) {
    const id = Number(metadata.labels?.[labels.node]);
    if (leaving.some(([, node]) => node === id)) world.disks.destroy(metadata.uid ?? '', 'person');
  }
  world.wish('abandon', leaving.map(([lost, node]) => `${node}/${lost}`).join(','));
}

/** Back to the version before needs a person's word. */
function wasUpgraded({ cluster, former }: ModelWorld): boolean {
  const { version } = cluster.build().spec;
  return former.some((one) => one.build().spec.version > version);
}

/** The only member cannot be emptied: a person is told to add another one before its volumes can be made anew. */
function needsAnother(world: ModelWorld): boolean {
  const spec = world.cluster.build().spec;
  const rebuilds = world.deletedByPerson.size > 0 || spec.node.storage.length > 1;
  return rebuilds && membersOf(spec).length === 1;
}

/** Takes back what keeps nodes from starting, or the operator from acting. */
function resume(world: ModelWorld): void {
  const spec = world.cluster.build().spec;
  const broken = spec.node.env?.some(({ name }) => name === brokenVariable) === true;
  const missing = spec.image === 'apache/nifi:missing';
  if (!spec.paused && !spec.rollout.paused && !broken && !missing) return;
  const mended = world.cluster.withSpec({ paused: false, rollout: { paused: false }, image: 'apache/nifi' });
  world.respec(broken ? mended.withNode({ env: [] }) : mended);
}

/** The claim and its disk are gone, and the person who did it says that the node may begin anew. */
function loseClaim(world: ModelWorld, id: number): void {
  const name = `data-prod-${id}`;
  const uid = world.api.peek(persistentVolumeClaims, { ...key, name })?.metadata.uid;
  if (uid === undefined) return;
  world.deletedByPerson.set(uid, id);
  world.api.drop(persistentVolumeClaims, { ...key, name });
  world.wish('rebuild', [...world.deletedByPerson].map(([lost, node]) => `${node}/${lost}`).join(','));
}

function change(world: ModelWorld, id: number, what: Partial<NiFiProcess>): void {
  for (const process of world.nifi.processes) if (process.id === id) Object.assign(process, what);
}

function withHeap(cluster: ClusterBuilder, id: number, value: number): ClusterBuilder {
  const nodes = cluster.build().spec.nodes ?? [];
  const others = nodes.filter((entry) => entry.id !== id);
  return cluster.withSpec({ nodes: [...others, { id, node: { jvm: { heap: `${value}g` } } }] });
}

/** Admission refuses to take a volume away. */
function keepsVolumes(now: ClusterBuilder, before: ClusterBuilder): boolean {
  const names = (cluster: ClusterBuilder): readonly string[] =>
    (cluster.build().spec.node.storage ?? []).map(({ name }) => name);
  return names(now).every((name) => names(before).includes(name) || name === 'data');
}

function podOf(id: number): { readonly namespace: string; readonly name: string } {
  return { ...key, name: `prod-${id}` };
}
