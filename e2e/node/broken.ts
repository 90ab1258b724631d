// Operators that are broken on purpose, each by a small change of its sources or of its chart, and the scenario that must notice. They are why a
// run in which all passes means something. A change whose place is not found any more is an error: it would break nothing.

import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './command.ts';

interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Broken {
  readonly name: string;
  readonly what: string;
  readonly edits: readonly Edit[];
  /** That must fail. */
  readonly noticedBy: string;
}

const disrupt = 'controllers/nificluster/plan/disrupt';

export const brokenOperators: readonly Broken[] = [
  {
    name: 'offload-skipped',
    what: 'a node that leaves is taken for one that never held data',
    edits: [
      {
        file: `${disrupt}/emptying.ts`,
        find: 'const why = whyEmpty(input, record);',
        replace: "const why = 'NeverStarted' as string;",
      },
    ],
    noticedBy: 'decommission',
  },
  {
    name: 'two-at-once',
    what: 'nodes are restarted two at a time',
    edits: [
      {
        file: `${disrupt}/preflight.ts`,
        find: 'if (others.length < input.cluster.spec.rollout.maxUnavailable) return undefined;',
        replace: 'if (others.length < 2) return undefined;',
      },
    ],
    noticedBy: 'config-roll',
  },
  {
    name: 'verb-missing',
    what: 'the Role lets no claim be deleted',
    edits: [
      {
        file: 'charts/nifi-operator/templates/_rules.tpl',
        find: '    - delete # the volumes of a node that left empty',
        replace: '    # the volumes of a node that left empty',
      },
    ],
    noticedBy: 'decommission',
  },
];

const parts = [
  'api',
  'charts',
  'config',
  'controllers',
  'hack',
  'pkg',
  'Dockerfile',
  'LICENSE',
  'README.md',
  'main.ts',
  'package.json',
  'tsconfig.json',
];

/** Calls `use` with a bundled copy of the sources that has the edits, and removes it afterwards. */
export async function withBroken<T>(
  source: string,
  { name, edits }: Broken,
  use: (copy: string) => Promise<T>,
): Promise<T> {
  const parent = join(source, 'dist');
  await mkdir(parent, { recursive: true });
  const copy = await mkdtemp(join(parent, `broken-${name}-`));
  try {
    for (const part of parts) {
      await cp(join(source, part), join(copy, part), {
        recursive: true,
        filter: (path) => !path.includes('node_modules'),
      });
    }
    await symlink(join(source, 'node_modules'), join(copy, 'node_modules'));
    for (const edit of edits) await apply(copy, edit);
    await run(process.execPath, ['hack/bundle.ts'], { cwd: copy });
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function apply(copy: string, edit: Edit): Promise<void> {
  const path = join(copy, edit.file);
  await writeFile(path, edited(await readFile(path, 'utf8'), edit));
}

/** Throws where the place is not found, or is not the only one. */
export function edited(text: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${file} does not have "${find}" once any more: say anew how to break it`);
  return before + replace + after;
}
