// A cluster's plan carried out against a model API server, for the tests of this folder: what was called, what was told.
// Not for production code: the values are made up.

import { ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import type { Step } from '../plan/steps.ts';
import { now } from '../plan/testing.objects.ts';
import { type WorldBuilder } from '../plan/testing.ts';
import type { ApplyContext } from './context.ts';

export interface Stage {
  readonly api: ModelApi;
  readonly context: ApplyContext;
  /** `CREATE Pod prod-0`, in the order of the calls. */
  calls(): readonly string[];
  /** `Normal PodCreated`, in their order. */
  readonly events: readonly string[];
  /** The texts of the same events. */
  readonly notes: readonly string[];
  /** Plurals of what the tracker was told to wait for. */
  readonly tracked: readonly string[];
  /** Puts an object there, as somebody else would. */
  put<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T>;
  /** What a consistent read of the cluster says: false when it is not what was planned with. */
  verified: boolean;
  /** Makes every call fail of which the line, as in `calls`, matches. */
  fail(line: RegExp, error: () => Error): void;
}

export function aStage(scene: WorldBuilder): Stage {
  const api = new ModelApi();
  const events: string[] = [];
  const notes: string[] = [];
  const tracked: string[] = [];
  const { cluster, world, render } = scene.input();
  const lines = (): readonly string[] => api.calls.map(lineOf);
  let before = 0;
  const stage: Stage = {
    verified: true,
    api,
    context: {
      client: api,
      cluster,
      world,
      now,
      render,
      verify: () => Promise.resolve(stage.verified),
      event: (type, reason, note) => {
        events.push(`${type} ${reason}`);
        notes.push(note);
      },
      tracker: {
        wrote: (_, type) => tracked.push(type.plural),
        deleted: (_, type) => tracked.push(`${type.plural} deleted`),
      },
    },
    calls: () => lines().slice(before),
    events,
    notes,
    tracked,
    async put(type, object) {
      const stored = await api.create(type, object);
      before = api.calls.length;
      return stored;
    },
    fail(pattern, error) {
      api.before = (call) => {
        if (pattern.test(lineOf(call))) throw error();
      };
    },
  };
  return stage;
}

function lineOf({ verb, type, key, object }: ModelApi['calls'][number]): string {
  const name = key?.name ?? (object as KubeObject | undefined)?.metadata.name ?? '';
  return `${verb} ${type.kind} ${name}`;
}

/** The steps of these kinds. */
export function only<K extends Step['kind']>(
  steps: readonly Step[],
  ...kinds: readonly K[]
): readonly Extract<Step, { kind: K }>[] {
  return steps.filter((step): step is Extract<Step, { kind: K }> => kinds.includes(step.kind as K));
}
