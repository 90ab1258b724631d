// The NiFiParameterContext controller: the common one of the dataflow kinds with the work of this kind, and what concerns a context
// beside itself: the contexts that it inherits from, and what holds its deletion: its heirs and the dataflows that name it.
// While nobody has installed the kind NiFiDataflow, there are none of these.

import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import type { Controller } from '../../pkg/kube/controller.ts';
import type { Manager } from '../../pkg/kube/manager.ts';
import { keyOf, keyText, type ObjectKey, parseKey } from '../../pkg/kube/types.ts';
import { addDataflowController, type DataflowControllerOptions } from '../nifi/controller.ts';
import type { DigestKeeper } from '../nifi/digests.ts';
import { ownerText } from '../nifi/markers.ts';
import { projectCluster } from '../nificluster/projections.ts';
import { inheritedIndex } from './plan/inheritance.ts';
import { contextIndex } from './users.ts';
import { ParameterContextWork } from './work.ts';

export interface ParameterContextControllerOptions extends DataflowControllerOptions {
  readonly driftPeriodMs: number;
  readonly digests: DigestKeeper;
}

const [byContext, byInherited, byNamespace] = ['context', 'inherited', 'namespace'] as const;

export function addParameterContextController(
  manager: Manager,
  options: ParameterContextControllerOptions,
): Controller {
  const contexts = manager.reflector(nifiParameterContextType, {
    project: projectCluster,
    indexes: { [byInherited]: inheritedIndex, [byNamespace]: ({ metadata }) => [metadata.namespace ?? ''] },
  });
  const dataflows = manager.reflector(nifiDataflowType, {
    project: projectCluster,
    indexes: { [byContext]: contextIndex },
    optional: true,
  });
  const heirsOf = (key: ObjectKey) => contexts.store.byIndex(byInherited, keyText(key));
  const work = new ParameterContextWork({
    digests: options.digests,
    driftPeriodMs: options.driftPeriodMs,
    siblingsOf: (namespace) => (name) => contexts.store.get({ namespace, name }),
    rivalsOf: ({ namespace, name }) => {
      const others = contexts.store.byIndex(byNamespace, namespace).filter(({ metadata }) => metadata.name !== name);
      return new Set(
        others.map(({ metadata }) => ownerText({ kind: 'NiFiParameterContext', namespace, name: metadata.name })),
      );
    },
    usersOf: (key) => ({
      dataflows: dataflows.store.byIndex(byContext, keyText(key)).map(({ metadata }) => metadata.name),
      heirs: heirsOf(key),
    }),
  });
  const controller = addDataflowController(manager, work, options);
  controller.watch(dataflows, (dataflow) => contextIndex(dataflow).map(parseKey));
  controller.watch(contexts, (context) => [
    ...inheritedIndex(context).map(parseKey),
    ...heirsOf(keyOf(context)).map(keyOf),
  ]);
  return controller;
}
