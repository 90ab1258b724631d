// Looks into the container of a NiFi Pod, through the API server and the kubelet.

import type { Stage } from './stage.ts';

/** A file below NIFI_HOME as the container has it. */
export async function nifiFile(stage: Stage, pod: string, path: string): Promise<string> {
  return inPod(stage, pod, `cat "$NIFI_HOME/${path}"`);
}

/** What the line of a shell writes. */
export async function inPod(stage: Stage, pod: string, line: string): Promise<string> {
  return stage.kubectl('exec', pod, '--container=nifi', '--', '/bin/sh', '-ec', line);
}
