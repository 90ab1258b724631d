// Carries the plan for one client out, as a task of the gateway: read what NiFi has now, plan again with that, write.
// A crash after any write is mended by the next attempt: what was made carries our marker from its first moment, so it is found and
// not made twice; what was asked for and not answered is seen in the list.

import {
  createRegistryClient,
  deleteRegistryClient,
  listRegistryClients,
  type RegistryClient,
  updateRegistryClient,
} from '../../pkg/nifi/endpoints/registry-clients.ts';
import { NiFiApiError } from '../../pkg/nifi/errors.ts';
import { requireSettled, TaskRefused } from '../../pkg/nifi/tasks/waiting.ts';
import type { GatewayTask, Reader, TaskContext } from '../../pkg/nifi/types.ts';
import { type Owner, ownerText } from '../nifi/markers.ts';
import { type ClientStep, type ClientWish, clientsOf, descriptionOf, planClient } from './plan/plan.ts';

export interface ClientWork {
  readonly wish: ClientWish;
  /** Names of the hidden properties that are to be written. */
  readonly stale: ReadonlySet<string>;
  /** Stands for all of this in the task's input, and tells no value. */
  readonly seal: string;
  readonly reader: Reader;
}

/** Makes NiFi have the client that is wished for. */
export function applyClient({ wish, stale, seal, reader }: ClientWork): GatewayTask {
  return {
    name: `registry client ${ownerText(wish.owner)}`,
    input: seal,
    reader,
    async run(context) {
      requireSettled(await context.freshView());
      const clients = await context.call(listRegistryClients);
      const { steps, nameTakenBy } = planClient(wish, clients, stale);
      if (nameTakenBy !== undefined) throw new TaskRefused(`the name ${wish.name} is taken`, 'AlreadyExists');
      for (const step of steps) await refusable(take(step, { wish, clients, context }));
      return undefined;
    },
  };
}

/** Takes former clients away as soon as no flow uses them; looks again once a period. */
export function dropFormer(
  owner: Owner,
  ids: readonly string[],
  work: { readonly reader: Reader; readonly everyMs: number },
): GatewayTask {
  return {
    name: `former registry clients ${ownerText(owner)}`,
    input: [...ids].toSorted().join(' '),
    recheckAfterMs: work.everyMs,
    reader: work.reader,
    async run(context) {
      requireSettled(await context.freshView());
      const clients = clientsOf(owner, await context.call(listRegistryClients)).filter(({ id }) => ids.includes(id));
      for (const client of clients) await dropUnlessUsed(context, client);
      return undefined;
    },
  };
}

/** Takes everything of this owner out of NiFi; done means that nothing is left. */
export function withdrawClient(owner: Owner, uid: string, reader: Reader): GatewayTask {
  return {
    name: `registry client ${ownerText(owner)}`,
    input: `withdraw ${uid}`,
    reader,
    async run(context) {
      requireSettled(await context.freshView());
      const clients = clientsOf(owner, await context.call(listRegistryClients));
      for (const client of clients) await refusable(context.call((node) => deleteRegistryClient(node, client)));
      return undefined;
    },
  };
}

interface Doing {
  readonly wish: ClientWish;
  readonly clients: readonly RegistryClient[];
  readonly context: TaskContext;
}

async function take(step: ClientStep, { wish, clients, context }: Doing): Promise<void> {
  const known = (id: string): RegistryClient => {
    const client = clients.find((each) => each.id === id);
    if (client === undefined) throw new TypeError(`no registry client ${id} was read`);
    return client;
  };
  switch (step.kind) {
    case 'Create':
      await context.call((node) => createRegistryClient(node, newClient(wish)));
      return;
    case 'Update': {
      const { set, unset, ...change } = step.change;
      const properties = { ...valuesOf(wish, set), ...Object.fromEntries(unset.map((name) => [name, null])) };
      await context.call((node) => updateRegistryClient(node, known(step.id), { ...change, properties }));
      return;
    }
    case 'Rename':
      await context.call((node) => updateRegistryClient(node, known(step.id), { name: step.name }));
      return;
    case 'DeleteFormer':
      // Renamed a moment ago: the revision that was read is no longer the newest. The other task reads again.
      return;
    default:
      step satisfies never;
  }
}

async function dropUnlessUsed(context: TaskContext, client: RegistryClient): Promise<void> {
  try {
    await context.call((node) => deleteRegistryClient(node, client));
  } catch (error) {
    // Flows still use it; whoever re-points them makes it free, and a later look finds that.
    if (!(error instanceof NiFiApiError && error.refusal === 'InUse')) throw error;
  }
}

/** What NiFi refuses for good is not asked again at once. */
async function refusable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof NiFiApiError) || error.retryable) throw error;
    throw new TaskRefused(error.message, error.refusal ?? error.kind, { cause: error });
  }
}

function newClient(wish: ClientWish) {
  const { name, className } = wish;
  return {
    name,
    type: className,
    description: descriptionOf(wish),
    properties: valuesOf(wish, [...wish.properties.keys()]),
  };
}

function valuesOf({ properties }: ClientWish, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, properties.get(name) ?? '']));
}
