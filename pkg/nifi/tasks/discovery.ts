// Background task: whether an OpenID Connect provider tells NiFi what it needs, asked as NiFi asks it when it starts (its
// StandardClientRegistrationProvider): without redirects, and for the endpoints without which the start ends.
// It never fails: what is wrong is its result, and it is asked again soon, by whoever still wants to know.

import { X509Certificate } from 'node:crypto';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { GatewayTask, TaskState } from '../types.ts';

const TIMEOUT_MS = 10_000;
const RECHECK_MS = 15_000;
const LARGEST = 1_048_576;
const NEEDED = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'];

export interface DiscoveryQuestion {
  readonly url: string;
  /** PEM; trusted beside the public authorities. */
  readonly authorities: readonly string[];
}

export interface DiscoveryProblem {
  /** Ends a sentence. */
  readonly because: string;
  /** It answered, and NiFi could not start with that. Otherwise it may be only the operator that does not reach it. */
  readonly answered: boolean;
}

export function discover(question: DiscoveryQuestion): GatewayTask {
  const { url, authorities } = question;
  return {
    name: 'discovery',
    input: JSON.stringify([url, authorities.map((pem) => new X509Certificate(pem).fingerprint256)]),
    recheckAfterMs: RECHECK_MS,
    async run({ signal }) {
      const problem = await problemOf(question, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
      return problem && JSON.stringify(problem);
    },
  };
}

/** What the task found; undefined while it has not ended, `answers` when all is well. */
export function discovered(state: TaskState): DiscoveryProblem | 'answers' | undefined {
  if (state.state !== 'done') return undefined;
  return state.result === undefined ? 'answers' : (JSON.parse(state.result) as DiscoveryProblem);
}

async function problemOf(question: DiscoveryQuestion, signal: AbortSignal): Promise<DiscoveryProblem | undefined> {
  try {
    const { status, body } = await exchange(question, signal);
    if (status !== 200) return { because: `answers ${status}`, answered: true };
    const missing = missingIn(body);
    return missing === undefined ? undefined : { because: missing, answered: true };
  } catch (error) {
    const words = error instanceof Error ? error.message || error.name : String(error);
    return { because: `does not answer: ${words}`, answered: false };
  }
}

function missingIn(body: string): string | undefined {
  try {
    const document = JSON.parse(body) as Readonly<Record<string, unknown>> | null;
    const missing = NEEDED.filter((key) => typeof document?.[key] !== 'string');
    return missing.length === 0 ? undefined : `answers without ${missing.join(', ')}`;
  } catch {
    return 'answers with something that is no JSON';
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function exchange({ url, authorities }: DiscoveryQuestion, signal: AbortSignal): Promise<Answer> {
  const headers = { 'user-agent': 'nifi-operator', accept: 'application/json' };
  const trusted = authorities.length === 0 ? {} : { ca: [...rootCertificates, ...authorities] };
  return await new Promise((resolve, reject) => {
    const asked =
      new URL(url).protocol === 'https:'
        ? secure(url, { agent: false, headers, signal, ...trusted })
        : plain(url, { agent: false, headers, signal });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size <= LARGEST) pieces.push(piece);
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
      );
    });
    asked.end();
  });
}
