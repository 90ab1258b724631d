// A trace as prose: writes in words, lines of one moment joined, nothing that differs from run to run (UIDs, versions, hashes).
// Pure, and made for reading: no test may decide anything by these words.

import type { Line, Teller } from '../model/trace.ts';

/** Of these one line for all that happens at once: a chain of writes reads as one act. */
const joined: readonly Teller[] = ['write', 'nifi', 'kubernetes'];

const names: Partial<Record<Teller, string>> = {
  write: 'operator',
  operator: 'status',
  nifi: 'NiFi',
  kubernetes: 'Kubernetes',
};

export function proseOf(lines: readonly Line[], sinceMs: number): string {
  const told = lines.filter(({ atMs, text }) => atMs >= sinceMs && !text.startsWith('{'));
  const prose = told.flatMap((line) => {
    const text = line.who === 'write' ? writeOf(line.text) : line.text.replace(/^NiFi (calls|forgets) /u, '$1 ');
    return text === undefined ? [] : [{ ...line, text: named(text) }];
  });
  return moments(prose)
    .map((line) => written(line, sinceMs))
    .join('');
}

/** Without what differs from run to run, and without the word for what is usual. */
function named(text: string): string {
  return text
    .replace(/^Normal /u, '')
    .replaceAll(/\bcontainerd:\/\/\d+/gu, '<container>')
    .replaceAll(/\buid-\d+/gu, '<uid>');
}

function moments(lines: readonly Line[]): readonly Line[] {
  const all: Line[] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const same = last?.who === line.who && last.atMs === line.atMs && joined.includes(line.who);
    if (same) all.splice(-1, 1, { ...last, text: `${last.text}, ${line.text}` });
    else all.push(line);
  }
  return all;
}

function written({ atMs, who, text }: Line, sinceMs: number): string {
  return `${((atMs - sinceMs) / 1_000).toFixed(1).padStart(6)}  ${(names[who] ?? who).padEnd(10)}  ${text}\n`;
}

type Phrase = readonly [pattern: RegExp, words: string];

/** The first that fits. An empty phrase is no news for a reader. */
const phrases: readonly Phrase[] = [
  [/^patch Pod prod-(\d+) \(disconnected-by=none\)$/u, 'takes the mark off node $1'],
  [/^patch Pod prod-(\d+) \(disconnected-by=(\w+) \S+\)$/u, 'marks node $1 ($2)'],
  [/^NiFi DISCONNECTING node (\S+)$/u, 'asks NiFi to disconnect node $1'],
  [/^NiFi OFFLOADING node (\S+)$/u, 'asks NiFi to offload node $1'],
  [/^NiFi CONNECTING node (\S+)$/u, 'asks NiFi to connect node $1'],
  [/^NiFi DELETE node (\S+)$/u, 'asks NiFi to remove node $1'],
  [/^(?:patch|update|apply|create) ConfigMap prod-(\d+) \(removal (\w+)\)$/u, 'puts on record: node $1 $2'],
  [/^create ConfigMap prod-(\d+)$/u, 'puts node $1 on record'],
  [/^(?:patch|update|apply) ConfigMap prod-(\d+)$/u, 'changes the record of node $1'],
  [/^delete ConfigMap prod-(\d+)$/u, 'deletes the record of node $1'],
  [/^create ConfigMap prod-(\d+)-\w+$/u, 'writes a configuration for node $1'],
  [/^delete ConfigMap prod-(\d+)-\w+$/u, 'deletes the old configuration of node $1'],
  // The event says it.
  [/^create Pod /u, ''],
  [/^(create|delete) (?:Pod|PersistentVolumeClaim|Secret) (\S+)$/u, '$1s $2'],
  [/^patch PersistentVolumeClaim (\S+)$/u, 'annotates $1'],
  [/^(?:apply|patch|create) (\w+) (\S+)$/u, 'writes $1 $2'],
];

function writeOf(line: string): string | undefined {
  for (const [pattern, words] of phrases) {
    if (pattern.test(line)) return words === '' ? undefined : line.replace(pattern, words);
  }
  return line;
}
