// CLUSTER=current: the scenarios on the Kubernetes that the current context of the user's kubeconfig names, and only because it was asked for.
// Nothing is built or brought there: images come from where its nodes pull them, which OPERATOR_VALUES and CLUSTER_VALUES say to the commands of
// the README. NiFi is a real one there, and nothing of that cluster is restarted. Namespaces that were made are deleted afterwards.

import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { isNotFound } from '../../pkg/kube/errors.ts';
import { namespaces } from '../../pkg/kube/resources.ts';
import { ensureBinaries } from '../controlplane/binaries.ts';
import { ensureHelm } from '../helm/binary.ts';
import { PATIENCE_MS, until } from '../lab/until.ts';
import { startHistory } from '../scenarios/lib/history.ts';
import { loadScenarios, report, shellIn } from '../scenarios/lib/load.ts';
import { OPERATOR_NAMESPACE } from '../scenarios/lib/oracles.ts';
import { runScenarios } from '../scenarios/lib/run.ts';
import type { Ground } from '../scenarios/lib/stage.ts';
import { chosenNiFi } from './nifi-choice.ts';

const GONE_MS = 180_000;
const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The namespace of the cluster that the README's commands make. */
const STANDING = 'nifi';
const given = ['OPERATOR_VALUES', 'CLUSTER_VALUES', 'HOME'];

/** Only who asks for scenarios may mean it: the end of `make test` touches no cluster, whatever a shell has exported. Throws for another word. */
export function isCurrentAsked(env: NodeJS.ProcessEnv, ifPossible: boolean): boolean {
  const asked = env['CLUSTER'] ?? '';
  if (ifPossible || asked === '') return false;
  if (asked !== 'current')
    throw new Error(`CLUSTER is ${asked}: it may be current, or nothing for a node of the run's own`);
  return true;
}

/** The exit code. */
export async function runOnCurrent(
  source: string,
  only: readonly string[],
  onProgress: (line: string) => void,
): Promise<number> {
  const kubeconfig = process.env['KUBECONFIG'] ?? join(homedir(), '.kube/config');
  const [{ kubectl }, helm] = [await ensureBinaries({ onProgress }), await ensureHelm({ onProgress })];
  const client = new KubeClient({
    access: await kubeconfigAccess(kubeconfig),
    userAgent: 'e2e',
    deadlineMs: PATIENCE_MS,
  });
  const kept = Object.fromEntries(
    given.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const { version, reference } = chosenNiFi(process.env);
  const scenarios = await loadScenarios(only);
  const made = [...scenarios.map(({ name }) => name), STANDING];
  await refuseOthers(client, [...made, OPERATOR_NAMESPACE]).catch(async (error: unknown) => {
    await client.close();
    throw error;
  });
  const ground: Ground = {
    client,
    history: startHistory(client),
    world: undefined,
    nifi: { version, newer: undefined, image: reference?.replace(/:[^:/]*$/u, '') },
    auditLog: undefined,
    olderOperator: undefined,
    source,
    restartApiServer: undefined,
    shell: shellIn(source, [dirname(helm.path), dirname(kubectl.path)], { ...kept, KUBECONFIG: kubeconfig }),
    onProgress,
  };
  onProgress(
    `the context is ${(await ground.shell('kubectl config current-context')).trim()}, as CLUSTER=current asks`,
  );
  const tell = (): void => {
    onProgress(leftBehind(made));
    process.exit(130);
  };
  for (const signal of stops) process.once(signal, tell);
  try {
    const outcomes = await runScenarios(ground, { scenarios, all: false });
    report(ground, outcomes);
    return outcomes.length > 0 && outcomes.every(({ problems }) => problems.length === 0) ? 0 : 1;
  } finally {
    await ground.history.stop();
    await cleanUp(ground, made);
    for (const signal of stops) process.off(signal, tell);
    await client.close();
  }
}

/** A signal ends the commands under way too, so nobody is left who could clean up in order. */
export function leftBehind(made: readonly string[]): string {
  return `stopped; what was made is still there. To delete it, in this order:
  kubectl delete namespace --ignore-not-found ${made.join(' ')}
  helm uninstall nifi-operator --namespace ${OPERATOR_NAMESPACE}
  helm uninstall nifi-operator-crds --namespace ${OPERATOR_NAMESPACE}
  kubectl delete namespace --ignore-not-found ${OPERATOR_NAMESPACE}`;
}

/** Everything in the namespaces of a run is deleted afterwards: what somebody has in one of them already must not be. */
export async function refuseOthers(client: Pick<KubeClient, 'get'>, names: readonly string[]): Promise<void> {
  const found = await Promise.all(names.map(async (name) => client.get(namespaces, { namespace: '', name })));
  const taken = names.filter((_, i) => found[i] !== undefined);
  if (taken.length === 0) return;
  throw new Error(
    `there are namespaces already that the run would make, and delete afterwards: ${taken.join(', ')}; nothing was done. Delete them if nothing in them is needed, or take another Kubernetes`,
  );
}

/** First what the operator works on, while it runs; then itself. The kinds stay: with them clusters of others would go. */
async function cleanUp({ client, shell, onProgress }: Ground, made: readonly string[]): Promise<void> {
  const remove = async (name: string): Promise<void> => {
    await client.delete(namespaces, { namespace: '', name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    const gone = async (): Promise<boolean> => (await client.get(namespaces, { namespace: '', name })) === undefined;
    await until(`the namespace ${name} is gone`, gone, { timeoutMs: GONE_MS, everyMs: 500 });
  };
  onProgress('deleting what was made there, but for the kinds');
  await Promise.all(made.map(remove));
  for (const release of ['nifi-operator', 'nifi-operator-crds']) {
    await shell(`helm uninstall ${release} --namespace ${OPERATOR_NAMESPACE} --ignore-not-found --wait`);
  }
  await remove(OPERATOR_NAMESPACE);
}
