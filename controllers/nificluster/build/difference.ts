// What changed between the revision that a node ran and the one it is to run, for the event that announces a restart.
// Names only, of properties, files and fields of the Pod, and never a value: an event is read by many who may not read
// the ConfigMap, and a property can hold a password. Of what came from Secrets not even the names are told.

import { parse } from 'dot-properties';
import { nifiContainer, podManifestKey } from './resources/pod.ts';

/** One revision as it is stored. */
export interface RevisionContent {
  readonly digest: string;
  /** `data` of its ConfigMap. */
  readonly files: Readonly<Record<string, string>>;
  /** `data` of its Secret part; empty when it has none. */
  readonly secret: Readonly<Record<string, string>>;
}

const mostNames = 5;
const propertyFiles: ReadonlySet<string> = new Set(['nifi.properties', 'bootstrap.conf']);

interface Change {
  /** The file, or `Pod`; a change without a name in it is the whole of it. */
  readonly where: string;
  readonly name: string | undefined;
}

/** `nifi.properties: a, b; logback.xml; Pod: image, and 2 more`; undefined when nothing differs. */
export function differenceOf(former: RevisionContent, wanted: RevisionContent): string | undefined {
  const changes = [...fileChanges(former, wanted), ...podChanges(former, wanted), ...secretChanges(former, wanted)];
  if (changes.length === 0) return undefined;
  const shown = Map.groupBy(changes.slice(0, mostNames), ({ where }) => where);
  const words = [...shown].map(([where, group]) => {
    const names = group.flatMap(({ name }) => name ?? []);
    return names.length === 0 ? where : `${where}: ${names.join(', ')}`;
  });
  const more = changes.length - mostNames;
  return more > 0 ? `${words.join('; ')}, and ${more} more` : words.join('; ');
}

function fileChanges(former: RevisionContent, wanted: RevisionContent): readonly Change[] {
  const files = differing(former.files, wanted.files).filter((file) => file !== podManifestKey);
  return files.flatMap((where): readonly Change[] => {
    const [before, after] = [former.files[where], wanted.files[where]];
    if (before === undefined || after === undefined || !propertyFiles.has(where)) return [{ where, name: undefined }];
    return differing(properties(before), properties(after)).map((name) => ({ where, name }));
  });
}

function properties(text: string): Record<string, unknown> {
  return { ...parse(text) };
}

function secretChanges(former: RevisionContent, wanted: RevisionContent): readonly Change[] {
  return differing(former.secret, wanted.secret).length === 0
    ? []
    : [{ where: 'values from Secrets', name: undefined }];
}

/** The Pod names its own revision in several places, which says nothing. */
function podChanges(former: RevisionContent, wanted: RevisionContent): readonly Change[] {
  const [before, after] = [former, wanted].map(({ files, digest }) =>
    podFields((files[podManifestKey] ?? '{}').replaceAll(digest, '')),
  );
  return differing(before ?? {}, after ?? {}).map((name) => ({ where: 'Pod', name }));
}

interface Container {
  readonly name: string;
  readonly image?: string;
}

interface Manifest {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}

/** Field → value: those of the NiFi container by their own names, every other container as one. */
function podFields(text: string): Readonly<Record<string, unknown>> {
  const { metadata = {}, spec = {} } = JSON.parse(text) as Manifest;
  const { containers = [], initContainers = [], ...rest } = spec;
  const nifi = containers.find(({ name }) => name === nifiContainer);
  const others = [...containers, ...initContainers].filter((container) => container !== nifi);
  // Ours use the image of NiFi as well, which is told once.
  const apart = others.map((each) => ({ ...each, image: each.image === nifi?.image ? '' : each.image }));
  return {
    ...metadata,
    ...rest,
    ...nifi,
    ...Object.fromEntries(apart.map((container) => [`container ${container.name}`, container])),
  };
}

/** Keys whose values differ, sorted. Manifests are rendered, so that equal ones have their keys in the same order. */
function differing(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}
