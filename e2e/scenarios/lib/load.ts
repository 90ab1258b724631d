// Finds the scenarios, gives them a user's shell, and tells how they went.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { run } from '../../node/command.ts';
import type { NamedScenario, Outcome } from './run.ts';
import type { Ground, Scenario } from './stage.ts';

/** What a user's command takes at most: nobody may wait for one that never ends. */
const SHELL_MS = 1_200_000;

/** A shell in this folder, with these folders of programs first on its PATH, and an environment without a kubeconfig but the given one. */
export function shellIn(cwd: string, folders: readonly string[], env: NodeJS.ProcessEnv): Ground['shell'] {
  const path = [...folders, process.env['PATH'] ?? ''].join(':');
  return (line, options) =>
    run('/bin/sh', ['-ec', line], { cwd, env: { ...env, PATH: path }, timeoutMs: SHELL_MS, ...options });
}

/** Every file of e2e/scenarios is one, and exports it under any name. */
export async function loadScenarios(only: readonly string[]): Promise<readonly NamedScenario[]> {
  const folder = join(import.meta.dirname, '..');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).toSorted();
  const all = files.map(async (file) => {
    const name = file.replace(/\.ts$/u, '');
    const [found] = Object.values((await import(join(folder, file))) as Record<string, Scenario>);
    if (found === undefined) throw new Error(`${file} exports no scenario`);
    return { name, ...found };
  });
  const wanted = (await Promise.all(all)).filter(
    ({ name, turn }) => (only.length === 0 && turn !== 'by hand') || only.includes(name) || turn === 'first',
  );
  const unknown = only.filter((name) => !wanted.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}`);
  return wanted;
}

/** The last lines of a run. */
export function report({ onProgress }: Ground, outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  onProgress(`${outcomes.length - failed.length} of ${outcomes.length} scenarios passed`);
  if (failed.length > 0) onProgress(`failed: ${failed.map(({ name }) => name).join(', ')}`);
}
