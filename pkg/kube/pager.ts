// Lists a kind page by page, so that no answer is large enough to block the event loop for long.
//
// The surprising rule: when a later page is answered 410, the pages before it belong to a state that is no longer kept, so everything
// read so far is thrown away and one unpaged, consistent list takes its place.

import type { ListerWatcher, ListOptions } from './api.ts';
import { isExpired } from './errors.ts';
import type { KubeObject, ResourceType } from './types.ts';

const pageSize = 500;
/** Pages may be large and the API server slow; a list is not worth giving up at a call's usual deadline. */
const pageDeadlineMs = 60_000;

export interface ListAllOptions<T> extends Omit<ListOptions, 'limit' | 'continue'> {
  /** Called again from the start when the pages had to be thrown away: `restart` is then true. */
  readonly onPage: (items: readonly T[], restart: boolean) => void;
}

/** Hands all objects to `onPage` and resolves to the list's resourceVersion. */
export async function listAll<T extends KubeObject>(
  client: Pick<ListerWatcher, 'list'>,
  type: ResourceType<T>,
  options: ListAllOptions<T>,
): Promise<string> {
  const { onPage, resourceVersion, ...rest } = options;
  const common = { deadlineMs: pageDeadlineMs, ...rest };
  const version = resourceVersion ? { resourceVersion } : {};
  let page = await client.list(type, { ...common, ...version, limit: pageSize });
  onPage(page.items, true);
  while (page.continue !== undefined) {
    try {
      page = await client.list(type, { ...common, limit: pageSize, continue: page.continue });
      onPage(page.items, false);
    } catch (error) {
      if (!isExpired(error)) throw error;
      page = await client.list(type, common);
      onPage(page.items, true);
    }
  }
  return page.resourceVersion;
}
