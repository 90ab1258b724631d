// The stage on which bad input for the dataflow kinds is tried: a cluster that is well with one good object of each kind, an operator
// whose name servers a test plays, and the hands of a person.

import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import { aNamespace, type NamespaceHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { PlayedRegistry } from '../../e2e/registry/server.ts';
import { configMaps, secrets } from '../../pkg/kube/resources.ts';
import type { ResourceType } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import type { BadInput, Hands } from './bad-input.cases.ts';
import { aFlow } from './bad-input-flows.cases.ts';
import type { WithStatus } from './status-writer.ts';

type Kind = BadInput['kind'];

const namespace = 'bad-input';
const clusterRef = { name: 'prod' };
const types: Readonly<Record<string, ResourceType<WithStatus>>> = {
  NiFiRegistryClient: nifiRegistryClientType,
  NiFiParameterContext: nifiParameterContextType,
  NiFiDataflow: nifiDataflowType,
};
const elsewhere = 'elsewhere';
const good: readonly (readonly [Kind, string, object])[] = [
  ['NiFiRegistryClient', 'good-client', { clusterRef, type: 'NiFiRegistry', properties: { url: 'http://registry' } }],
  ['NiFiParameterContext', 'good-context', { clusterRef, parameters: { a: { value: 'b' } } }],
  ['NiFiDataflow', 'good-flow', { clusterRef, source: { definition: { inline: JSON.stringify(aFlow()) } } }],
];

export class BadInputStage {
  private readonly lab: Lab;
  private readonly operator: Operator;
  private readonly space: NamespaceHandle;
  private readonly registries = new Map<string, Promise<PlayedRegistry>>();

  private constructor(lab: Lab, operator: Operator, space: NamespaceHandle) {
    this.lab = lab;
    this.operator = operator;
    this.space = space;
  }

  static async start(): Promise<BadInputStage> {
    const lab = await startLab();
    const lookup = async (name: string) => (name === 'inside.example.com' ? ['203.0.113.7', '169.254.169.254'] : []);
    const options = ['--drift-period', '1s', '--allowed-registry-hosts', '127.0.0.1'];
    const operator = await runOperator(lab.controlPlane.kubeconfig, options, [], { lookup });
    await lab.namespace(elsewhere);
    const stage = new BadInputStage(lab, operator, await aNamespace(lab, namespace));
    const cluster = await stage.space.create('prod', { version: '2.6.0', replicas: 1 });
    await cluster.ready();
    for (const [kind, name, spec] of good) {
      await stage.create(kind, name, spec);
      await stage.told(kind, name, 'Ready');
    }
    return stage;
  }

  async stop(): Promise<void> {
    await this.operator.stop();
    for (const registry of this.registries.values()) await (await registry).stop();
    await this.lab.stop();
  }

  async create(kind: Kind, name: string, spec: object): Promise<void> {
    const object = { apiVersion: 'datadynamics.io/v1', kind, metadata: { name, namespace }, spec };
    await this.lab.client.create(typeOf(kind), object);
  }

  /** Of a further object that nothing is wrong with. */
  goodSpec(kind: Kind): object {
    return good.find(([each]) => each === kind)?.[2] ?? {};
  }

  /** The message, once this is the reason for the spec as it is. */
  async told(kind: Kind, name: string, reason: string): Promise<string> {
    const get = async () => await this.lab.client.get(typeOf(kind), { namespace, name });
    const told = await until(
      `${kind} ${name} says ${reason}`,
      async () => {
        const { metadata, status } = (await get()) ?? {};
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        return status?.observedGeneration === metadata?.generation && ready?.reason === reason && ready;
      },
      { timeoutMs: 180_000, describe: async () => (await get())?.status },
    );
    return told.message;
  }

  /** What would be another one after any write about the good objects. */
  async versions(): Promise<readonly unknown[]> {
    const objects = good.map(([kind, name]) => this.lab.client.get(typeOf(kind), { namespace, name }));
    return (await Promise.all(objects)).map((object) => object?.metadata.resourceVersion);
  }

  hands(kind: Kind, name: string): Hands {
    const { client } = this.lab;
    const force = { fieldManager: 'lab', force: true } as const;
    return {
      patch: (spec) => this.change(kind, name, spec),
      change: (other, itsName, spec) => this.change(other, itsName, spec),
      registry: (its) => this.registry(its),
      secret: async (secret, stringData, space = namespace) => {
        const metadata = { name: secret, namespace: space };
        await client.apply(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData }, force);
      },
      configMap: async (map, data) => {
        const metadata = { name: map, namespace };
        await client.apply(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, force);
      },
      cluster: async (cluster, replicas) => {
        const key = { namespace, name: cluster };
        if ((await client.get(nifiClusterType, key)) === undefined)
          await this.space.create(cluster, { version: '2.6.0', replicas });
        else await client.patch(nifiClusterType, key, { spec: { replicas } });
      },
      create: (other, itsName, spec) => this.create(other, itsName, spec),
      remove: async (other, itsName) => void (await client.delete(typeOf(other), { namespace, name: itsName })),
    };
  }

  private async change(kind: Kind, name: string, spec: object): Promise<void> {
    await this.lab.client.patch(typeOf(kind), { namespace, name }, { spec });
  }

  private registry(name: string): Promise<PlayedRegistry> {
    const known = this.registries.get(name) ?? startRegistry();
    this.registries.set(name, known);
    return known;
  }
}

async function startRegistry(): Promise<PlayedRegistry> {
  const registry = await PlayedRegistry.start();
  const { store } = registry;
  const bucket = store.createBucket('team').identifier;
  const flow = store.createFlow(bucket, 'orders').identifier;
  store.createVersion(bucket, flow, { ...aFlow(), parameterContexts: {} });
  return registry;
}

function typeOf(kind: Kind): ResourceType<WithStatus> {
  const type = types[kind];
  if (type === undefined) throw new Error(`the stage has no ${kind}`);
  return type;
}
