// What the entry script and `copy-conf` do, done in-process, for `runEntryScript: false` only: at thousands of Pods a
// shell for each would be all that the machine does. A test holds the result against the real script's.
// It knows the script's contract and nothing else of it: which directories it reads, and what it appends.

import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

/** Files whose Secret part holds further keys; of all other files it holds the whole. */
const propertiesFile = /\.(?:properties|conf)$/;

/** Puts the node's configuration into conf, as NiFi would find it. `env` names the directories; `root` stands for "/". */
export function handOver(root: string, env: Readonly<Record<string, string>>): void {
  const at = (name: string): string => join(root, env[name] ?? `/unset/${name}`);
  const conf = join(at('NIFI_HOME'), 'conf');
  mkdirSync(conf, { recursive: true });
  for (const name of filesOf(at('NIFI_CONFIG_DIR'))) {
    if (!name.endsWith('.sh')) copyFileSync(join(at('NIFI_CONFIG_DIR'), name), join(conf, name));
  }
  for (const name of filesOf(at('NIFI_SECRET_DIR'))) {
    const part = join(at('NIFI_SECRET_DIR'), name);
    const target = join(conf, name);
    if (propertiesFile.test(name) && existsSync(target)) append(target, readFileSync(part, 'utf8'));
    else copyFileSync(part, target);
  }
  const properties = join(conf, 'nifi.properties');
  append(properties, `nifi.sensitive.props.key=${firstLine(join(at('NIFI_KEY_DIR'), 'key'))}`);
  const candidates = join(at('NIFI_START_DIR'), 'candidates');
  if (existsSync(candidates)) append(properties, `nifi.cluster.flow.election.max.candidates=${firstLine(candidates)}`);
}

/** The init container's part: the image's own conf, into the volume that will be NiFi's. */
export function copyConf(imageConf: string, target: string): void {
  cpSync(imageConf, target, { recursive: true });
}

function filesOf(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).filter((name) => !name.startsWith('..') && statSync(join(dir, name)).isFile());
}

function append(file: string, text: string): void {
  appendFileSync(file, `\n${text}\n`);
}

function firstLine(file: string): string {
  return readFileSync(file, 'utf8').split('\n', 1)[0] ?? '';
}
