// Which NiFi a run is about, out of the environment: NIFI_IMAGE names an image of a real one, NIFI_VERSION its version where its tag does not.
// Without it NiFi is played, in two versions.

import type { NiFiChoice } from '../scenarios/lib/stage.ts';

export interface ChosenNiFi extends NiFiChoice {
  /** The name or archive of a real NiFi; undefined where it is played. */
  readonly reference: string | undefined;
}

/** The versions that are played; scenarios upgrade from the one to the other. */
const played = { version: '2.6.0', newer: '2.11.0' } as const;

/** Throws when the version of an image cannot be told. */
export function chosenNiFi(env: NodeJS.ProcessEnv): ChosenNiFi {
  const reference = env['NIFI_IMAGE'];
  if (reference === undefined || reference === '') return { ...played, image: undefined, reference: undefined };
  const version = env['NIFI_VERSION'] ?? /:(?<version>2\.\d+\.\d+)$/u.exec(reference)?.groups?.['version'];
  if (version === undefined)
    throw new Error(`NIFI_IMAGE is ${reference}, whose tag is no version: set NIFI_VERSION too`);
  return { version, newer: undefined, image: undefined, reference };
}
