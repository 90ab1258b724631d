// The single user: a name, and a password of which NiFi gets the bcrypt hash. Pure.
// A hash holds random salt, so it is made once, kept in a Secret of the cluster beside a mark of what it is the hash of, and
// made again only when the mark differs: nothing restarts by itself, and a changed password reaches every node.

import { createHmac } from 'node:crypto';
import { singleUserSecretName } from '../../api/v1/labels.ts';
import type { Finding } from './plan/steps.ts';
import type { ObservedSecret } from './plan/world.ts';
import { decode } from './projections.ts';
import { SecretTexts } from './secret-texts.ts';
import type { Known, SignInState } from './sign-in.ts';

/** Keys of the Secret; the password is in it only where the operator made it. */
export const singleUserKeys = {
  username: 'username',
  password: 'password',
  hash: 'passwordHash',
  mark: 'passwordHashOf',
} as const;

/** NiFi's SetSingleUserCredentials refuses shorter ones. */
const shortest = 12;
/** bcrypt takes 72 bytes with the zero at the end; NiFi's hasher refuses longer ones. */
const longestBytes = 71;
const generatedName = 'admin';

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The operator made them, so they are to be kept. */
  readonly own: boolean;
}

export function singleUser(cluster: string, secretRef: string | undefined, known: Known): SignInState {
  const name = singleUserSecretName(cluster);
  const secret = known.world.secrets.get(name);
  const texts = new SecretTexts(known.references);
  const credentials = secretRef === undefined ? own(secret, known.drawn) : given(secretRef, texts);
  checkPassword(credentials, secretRef ?? name, texts);
  const { findings, waiting } = texts;
  const open = { signIn: undefined, resolved: false, findings, waiting };
  if (findings.length > 0 || waiting) return open;
  // Until the nodes can be rendered nobody may take the cluster for what its spec says.
  const writing: Finding = { reason: 'Creating', message: `Secret ${name} is being written`, effect: 'waits' };
  if (known.key === undefined) return { ...open, findings: [writing] };

  const { username, password } = credentials;
  const mark = createHmac('sha256', known.key)
    .update(JSON.stringify([username, password]))
    .digest('hex')
    .slice(0, 32);
  const passwordHash = kept(secret, 'hash');
  if (passwordHash !== undefined && kept(secret, 'mark') === mark)
    return { ...open, signIn: { kind: 'SingleUser', username, passwordHash }, resolved: true };
  const replaces = secret === undefined ? {} : { resourceVersion: secret.resourceVersion };
  return { ...open, findings: [writing], step: { kind: 'WriteSingleUser', name, ...credentials, mark, ...replaces } };
}

function own(secret: ObservedSecret | undefined, drawn: string): Credentials {
  return {
    username: kept(secret, 'username') ?? generatedName,
    password: kept(secret, 'password') ?? drawn,
    own: true,
  };
}

function given(secretRef: string, texts: SecretTexts): Credentials {
  const field = 'spec.auth.singleUser.secretRef';
  return {
    username: texts.line(field, secretRef, singleUserKeys.username),
    password: texts.line(field, secretRef, singleUserKeys.password),
    own: false,
  };
}

function checkPassword({ password }: Credentials, secret: string, texts: SecretTexts): void {
  if (texts.findings.length > 0 || texts.waiting) return;
  const where = `Key ${singleUserKeys.password} of Secret ${secret}`;
  if (password.length < shortest) texts.invalid(`${where} has fewer than ${shortest} characters: NiFi refuses it`);
  if (Buffer.byteLength(password) > longestBytes)
    texts.invalid(`${where} has more than ${longestBytes} bytes, which bcrypt cannot hash: shorten it`);
}

function kept(secret: ObservedSecret | undefined, key: keyof typeof singleUserKeys): string | undefined {
  const value = secret?.data?.[singleUserKeys[key]];
  return value === undefined ? undefined : decode(value).replace(/\r?\n$/u, '');
}
