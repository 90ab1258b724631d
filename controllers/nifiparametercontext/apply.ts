// Carries the plan for one parameter context out, as tasks of the gateway: read what NiFi has now, plan again with that, write.
// A crash after any write is mended by the next attempt: a context is made whole in one request with its line, names are unique in NiFi,
// and an update that NiFi was asked for runs to its end without us; repeated, it stops nothing.

import {
  createParameterContext,
  deleteParameterContext,
  deleteParameterUpdate,
  getParameterUpdate,
  listParameterContexts,
  type ParameterContext,
  startParameterUpdate,
} from '../../pkg/nifi/endpoints/parameter-contexts.ts';
import { flowTask } from '../../pkg/nifi/requests/flow-task.ts';
import type { AsyncKind } from '../../pkg/nifi/requests/follow.ts';
import { updateParameterContext } from '../../pkg/nifi/requests/parameter-update.ts';
import { TaskRefused } from '../../pkg/nifi/tasks/waiting.ts';
import type { GatewayTask, Reader } from '../../pkg/nifi/types.ts';
import { isMarkedFor, type Owner, ownerText, unmarked } from '../nifi/markers.ts';
import { changeBody, newContext } from './build/change.ts';
import { type ContextSituation, type ContextWish, contextOf, type Place, planContext } from './plan/plan.ts';

export interface ContextWork {
  readonly wish: ContextWish;
  readonly situation: Omit<ContextSituation<ParameterContext>, 'contexts'>;
  /** Stands for all of this in the task's input, and tells no value. */
  readonly seal: string;
  readonly reader: Reader;
}

/** Makes the context, unless it is there. */
export function createContext({ wish, situation, seal, reader }: ContextWork): GatewayTask {
  return flowTask({
    name: taskName(wish.owner),
    input: seal,
    reader,
    async look(node) {
      const { step, nameTakenBy } = planContext(wish, { ...situation, contexts: await listParameterContexts(node) });
      if (nameTakenBy !== undefined) throw new TaskRefused(`the name ${wish.name} is taken`, 'AlreadyExists');
      if (step?.kind !== 'Create') return undefined;
      return {
        async call(each) {
          const { id } = await createParameterContext(each, newContext(wish, situation.inherited));
          return `parameter context ${id} made`;
        },
      };
    },
  });
}

/** Has NiFi change the context of this id to what is wished for. */
export function updateContext(id: string, { wish, situation, seal, reader }: ContextWork): GatewayTask {
  const update = updateParameterContext({
    contextId: id,
    input: seal,
    reader,
    plan(context) {
      const { step } = planContext(wish, { ...situation, contexts: [context] });
      return step?.kind === 'Update' ? changeBody(wish, step.change) : undefined;
    },
  });
  return { ...update, name: taskName(wish.owner) };
}

export interface Withdrawal {
  readonly owner: Owner;
  /** The name in NiFi that the spec gives. */
  readonly name: string;
  readonly uid: string;
  readonly place: Place | undefined;
  /** The context stays, without our line. */
  readonly orphan: boolean;
  readonly reader: Reader;
}

/** Takes the context of this owner out of NiFi, or its line off the context; done means that nothing is left to do. */
export function withdrawContext({ owner, name, uid, place, orphan, reader }: Withdrawal): GatewayTask {
  return flowTask({
    name: taskName(owner),
    input: `withdraw ${uid} ${orphan ? 'and leave it' : ''}`,
    reader,
    async look(node) {
      const context = contextOf(owner, name, await listParameterContexts(node), place);
      if (context === undefined) return undefined;
      if (orphan) return isMarkedFor(context.description, owner) ? release(context) : undefined;
      return {
        async call(each) {
          await deleteParameterContext(each, context);
          return `parameter context ${context.id} deleted`;
        },
      };
    },
  });
}

function release(context: ParameterContext): AsyncKind {
  const { id, description } = context;
  return {
    what: 'parameter update',
    start: (node) => startParameterUpdate(node, context, { description: unmarked(description), parameters: [] }),
    read: (node, requestId) => getParameterUpdate(node, id, requestId),
    remove: (node, requestId) => deleteParameterUpdate(node, id, requestId),
  };
}

function taskName(owner: Owner): string {
  return `parameter context ${ownerText(owner)}`;
}
