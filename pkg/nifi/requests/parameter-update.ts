// The change of a parameter context: NiFi stops what uses a changed parameter, changes it and starts it again.
// What has to change is decided by the caller from what is read just before; nothing of it is remembered here, and no value is told.
// Surprising: an unchanged value, a sensitive one too, stops nothing (StandardNiFiServiceFacade.getUpdatedParameterNames), so a repetition
// after a crash is harmless.

import {
  deleteParameterUpdate,
  getParameterContext,
  getParameterUpdate,
  type ParameterContext,
  type ParameterContextChange,
  startParameterUpdate,
} from '../endpoints/parameter-contexts.ts';
import type { GatewayTask, Reader } from '../types.ts';
import { flowTask } from './flow-task.ts';

export interface ParameterUpdate {
  /** NiFi's id of the context. */
  readonly contextId: string;
  /** Stands for all that `plan` depends on, without a value that must not be told. */
  readonly input: string;
  readonly reader?: Reader;
  /** What must change about the context as it is; undefined when nothing must. */
  plan(context: ParameterContext): ParameterContextChange | undefined;
}

export function updateParameterContext(wish: ParameterUpdate): GatewayTask {
  const { contextId: id, input, reader } = wish;
  return flowTask({
    name: `parameters ${id}`,
    input,
    ...(reader && { reader }),
    async look(node) {
      const context = await getParameterContext(node, id);
      const change = wish.plan(context);
      return (
        change && {
          what: 'parameter update',
          start: (each) => startParameterUpdate(each, context, change),
          read: (each, requestId) => getParameterUpdate(each, id, requestId),
          remove: (each, requestId) => deleteParameterUpdate(each, id, requestId),
        }
      );
    },
  });
}
