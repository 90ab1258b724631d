// What the entry script and `copy-conf` do, done in-process, for `runEntryScript: false` only: at thousands of Pods a
// shell for each would be all that the machine does. A test holds the result against the real script's.
// It does the plain case and leaves every other to the script, above all everything that the script would refuse.

import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

/** Files whose Secret part holds further keys; of all other files it holds the whole. */
const propertiesFiles: ReadonlySet<string> = new Set(['nifi.properties', 'bootstrap.conf']);

/**
 * Puts the node's configuration into conf, as NiFi would find it. `env` names the directories; `root` stands for "/".
 * False, and nothing done, when it takes the script.
 */
export function handOver(root: string, env: Readonly<Record<string, string>>): boolean {
  const at = (name: string): string => join(root, env[name] ?? `/unset/${name}`);
  const conf = join(at('NIFI_HOME'), 'conf');
  const candidates = oneLine(join(at('NIFI_START_DIR'), 'candidates'));
  const key = oneLine(join(at('NIFI_KEY_DIR'), 'key'));
  const setsAside = filesOf(at('NIFI_START_DIR')).some((name) => name.startsWith('set-aside-'));
  if (setsAside || !/^[1-9][0-9]*$/.test(candidates) || key === '') return false;
  for (const name of filesOf(at('NIFI_CONFIG_DIR'))) {
    if (!name.endsWith('.sh')) copyFileSync(join(at('NIFI_CONFIG_DIR'), name), join(conf, name));
  }
  for (const name of filesOf(at('NIFI_SECRET_DIR'))) {
    const part = join(at('NIFI_SECRET_DIR'), name);
    if (propertiesFiles.has(name)) appendFileSync(join(conf, name), readFileSync(part));
    else copyFileSync(part, join(conf, name));
  }
  appendFileSync(
    join(conf, 'nifi.properties'),
    [
      '',
      `nifi.cluster.flow.election.max.candidates=${candidates}`,
      `nifi.sensitive.props.key=${key.replaceAll('\\', '\\\\')}`,
      '',
    ].join('\n'),
  );
  const authority = join(at('NIFI_TLS_DIR'), 'ca.crt');
  if (existsSync(authority)) {
    rmSync(join(conf, 'ca.crt'), { force: true });
    symlinkSync(authority, join(conf, 'ca.crt'));
  }
  return true;
}

/** The init container's part: the image's own conf, into the volume that will be NiFi's. */
export function copyConf(imageConf: string, target: string): void {
  cpSync(imageConf, realpathSync(target), { recursive: true }); // a mount is a link, which cpSync would not follow
}

function filesOf(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).filter((name) => !name.startsWith('..') && statSync(join(dir, name)).isFile());
}

/** The file's only line; empty when there is none, or more than one. */
function oneLine(file: string): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8').replace(/\n+$/, '') : '';
  return /[\r\n]/.test(text) ? '' : text;
}
