// Reads the probe commands that ask NiFi's management server, so that thousands of Pods are probed without a process each.
// It must only ever recognise what it evaluates exactly as curl and grep would; everything else goes to a real shell.

interface HealthProbe {
  /** Path at the management server. */
  readonly path: string;
  /** curl's -f: a status of 400 and above is a failure and gives no body. */
  readonly failOnStatus: boolean;
  /** grep's pattern, tested on each line; undefined when the body does not matter. */
  readonly pattern: RegExp | undefined;
}

const curlFlag = String.raw`\s+(?:(?:--max-time|--connect-timeout|-m)\s+[\d.]+|--fail|--silent|--show-error|-[fsS]+)`;
const url = String.raw`\s+(?<quote>["']?)https?://(?:127\.0\.0\.1|localhost):\d+(?<path>/[^\s"'|$\`]*)\k<quote>`;
const grep = String.raw`\s*\|\s*grep(?<grepFlags>(?:\s+-[qFxis]+)*)\s+(?:"(?<double>[^"$\`\\]+)"|'(?<single>[^']+)'|(?<bare>[\w:]+))`;
const shape = new RegExp(String.raw`^\s*curl(?<curlFlags>(?:${curlFlag})*)${url}(?:\s*>\s*/dev/null)?(?:${grep})?\s*$`);

/** The probe that `command` is, or undefined when it takes a shell to tell. */
export function recogniseProbe(command: readonly string[]): HealthProbe | undefined {
  const script = scriptOf(command);
  const groups = script === undefined ? undefined : shape.exec(script)?.groups;
  if (groups === undefined) return undefined;
  const text = groups['double'] ?? groups['single'] ?? groups['bare'];
  const pattern = text === undefined ? undefined : grepPattern(text, groups['grepFlags'] ?? '');
  if (text !== undefined && pattern === undefined) return undefined;
  const failOnStatus = /\s(?:--fail|-[sS]*f[sSf]*)(?=\s|$)/.test(groups['curlFlags'] ?? '');
  return { path: groups['path'] ?? '/', failOnStatus, pattern };
}

function scriptOf(command: readonly string[]): string | undefined {
  const [program = '', flag, script] = command;
  if (/(?:^|\/)(?:ba)?sh$/.test(program)) return /^-e?c$/.test(flag ?? '') && command.length === 3 ? script : undefined;
  return program === 'curl' ? command.join(' ') : undefined;
}

/** Only fixed text; grep's regular expressions are not JavaScript's. */
function grepPattern(text: string, flags: string): RegExp | undefined {
  if (!flags.includes('F') && /[.*^$[\]\\]/.test(text)) return undefined;
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(flags.includes('x') ? `^${literal}$` : literal, flags.includes('i') ? 'i' : '');
}

/** Whether the probe succeeds on this answer; undefined stands for a refused connection. */
export function judgeProbe(
  probe: HealthProbe,
  answer: { readonly status: number; readonly body: string } | undefined,
): boolean {
  if (answer === undefined || (probe.failOnStatus && answer.status >= 400)) return false;
  const { pattern } = probe;
  return pattern === undefined || answer.body.split('\n').some((line) => pattern.test(line));
}
