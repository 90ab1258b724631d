// What must hold after every scenario, whatever it was about: no flow file is lost, nothing was restarted that was not meant to be, nobody
// writes when there is nothing to do, no request was denied, and no secret is in a log.
// Each gives what is wrong in words; an empty list is a pass.

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { events, pods, secrets } from '../../../pkg/kube/resources.ts';
import {
  type AuditEntry,
  type AuditFilter,
  filterAudit,
  parseAudit,
  settleAudit,
  WRITE_VERBS,
} from '../../controlplane/audit.ts';
import type { Ground, WatchedFlow } from './stage.ts';
import { statusChanges } from './statuses.ts';

const REST_MS = 6000;
/** What just ended may still be told, for as many times so long: a machine with three scenarios on it is slow. */
const [ENDING_MS, ENDING_TIMES] = [2000, 10];
/** A shorter value is found in every log by accident. */
const SHORTEST_SECRET = 8;

export interface Record {
  /** Those that the scenario answers for, with the starts of NiFi in each before it. */
  readonly namespaces: ReadonlyMap<string, number>;
  readonly since: Date;
  readonly expectedStarts: number;
  readonly dataGivenUp: boolean;
  readonly flows: readonly WatchedFlow[];
  /** When rights were taken away. */
  readonly rightsGo: readonly Span[];
}

/** In milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The operator's service account, as the audit log calls it. */
export const OPERATOR_NAMESPACE = 'nifi-operator';
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:nifi-operator`;

/** All of them. Takes some seconds: rest is looked at for that long. */
export async function judge(ground: Ground, record: Record): Promise<readonly string[]> {
  for (const flow of record.flows) flow.stop();
  return [
    ...unexpectedStarts(ground, record),
    ...(await writesAtRest(ground, record)),
    // Only now: a volume that was given back goes a moment after its claim, and what was on it is lost only then.
    ...lostFlowFiles(record),
    ...(await denied(ground, record)),
    ...(await leakedSecrets(ground, record)),
  ];
}

function lostFlowFiles({ flows, dataGivenUp }: Record): readonly string[] {
  if (dataGivenUp) return [];
  return flows.flatMap((flow) => {
    const { produced, consumed, queued, lost } = flow.counts();
    if (lost > 0) return [`${lost} of ${produced} flow files are lost`];
    const missing = produced - consumed - queued;
    return missing === 0 ? [] : [`of ${produced} flow files ${missing} are neither consumed nor queued`];
  });
}

function unexpectedStarts({ history }: Ground, { namespaces, expectedStarts }: Record): readonly string[] {
  const starts = [...namespaces].reduce((sum, [namespace, before]) => sum + history.starts(namespace) - before, 0);
  return starts === expectedStarts ? [] : [`NiFi was started ${starts} times, and ${expectedStarts} times were meant`];
}

async function writesAtRest({ auditLog, client }: Ground, { namespaces }: Record): Promise<readonly string[]> {
  if (auditLog === undefined) return [];
  const writesSince = async (since: Date): Promise<readonly AuditEntry[]> => {
    await settleAudit(auditLog);
    const writes = await operatorRequests(auditLog, { verbs: WRITE_VERBS, since });
    return writes.filter(({ objectRef }) => namespaces.has(objectRef.namespace));
  };
  for (let times = 0; times < ENDING_TIMES; times += 1) {
    const before = new Date();
    await sleep(ENDING_MS);
    if ((await writesSince(before)).length === 0) break;
  }
  const since = new Date();
  const changes = await statusChanges(client, namespaces.keys(), REST_MS);
  const here = await writesSince(since);
  if (here.length === 0) return [];
  return [
    ...here.map((entry) => `the operator wrote although there was nothing to do: ${inWords(entry)}`),
    ...changes.map((change) => `meanwhile ${change}`),
  ];
}

async function denied({ auditLog }: Ground, { since, namespaces, rightsGo }: Record): Promise<readonly string[]> {
  if (auditLog === undefined) return [];
  const entries = await operatorRequests(auditLog, { since });
  const ours = entries.filter(({ objectRef }) => objectRef.namespace === '' || namespaces.has(objectRef.namespace));
  const isMeant = ({ stageTimestamp }: AuditEntry): boolean =>
    rightsGo.some(({ from, to }) => Date.parse(stageTimestamp) >= from && Date.parse(stageTimestamp) <= to);
  const refused = ours.filter((entry) => (entry.code === 401 || entry.forbidden) && !isMeant(entry)).map(inWords);
  return [...new Set(refused)].map((request) => `the operator was denied: ${request}`);
}

/** What the operator asked for. Lines of others are passed over unread: there are very many. */
export async function operatorRequests(auditLog: string, filter: AuditFilter): Promise<readonly AuditEntry[]> {
  const text = await readFile(auditLog, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = complete.split('\n').filter((line) => line.includes(`"${OPERATOR_USER}"`));
  return filterAudit(parseAudit(`${lines.join('\n')}\n`), filter);
}

async function leakedSecrets(ground: Ground, { namespaces, since }: Record): Promise<readonly string[]> {
  const { client, auditLog } = ground;
  const values = new Map<string, string>();
  const logs = new Map<string, string>();
  for (const namespace of namespaces.keys()) {
    for (const [name, value] of await secretValues(client, namespace)) values.set(name, value);
    logs.set(`the events of ${namespace}`, JSON.stringify((await client.list(events, { namespace })).items));
  }
  for (const namespace of [...namespaces.keys(), OPERATOR_NAMESPACE]) {
    for (const [name, log] of await podLogs(ground, namespace, since)) logs.set(name, log);
  }
  if (auditLog !== undefined) logs.set('the audit log', JSON.stringify(await operatorRequests(auditLog, { since })));
  return [...logs].flatMap(([name, text]) =>
    [...values].filter(([, value]) => text.includes(value)).map(([secret]) => `${secret} is in ${name}`),
  );
}

async function podLogs(
  { client, shell }: Ground,
  namespace: string,
  since: Date,
): Promise<ReadonlyMap<string, string>> {
  const { items } = await client.list(pods, { namespace });
  const read = items.map(async ({ metadata: { name } }) => {
    const line = `kubectl logs --namespace ${namespace} ${name} --all-containers --since-time=${since.toISOString()}`;
    // A Pod that is gone, or has not run yet, has no log.
    return [`the log of ${namespace}/${name}`, await shell(line).catch(() => '')] as const;
  });
  return new Map(await Promise.all(read));
}

/** The values of all Secrets of a namespace; of keys, the part that is not the same in every one. */
async function secretValues(client: KubeClient, namespace: string): Promise<ReadonlyMap<string, string>> {
  const { items } = await client.list(secrets, { namespace });
  const values = new Map<string, string>();
  for (const { metadata, data = {} } of items) {
    for (const [key, encoded] of Object.entries(data)) {
      const text = Buffer.from(encoded, 'base64').toString().trim();
      // Certificates are no secret, and neither is a name.
      if (text.includes('BEGIN CERTIFICATE') || /^(?:username|type|namespace)$/u.test(key)) continue;
      const value = text.includes('PRIVATE KEY') ? (text.split('\n')[1] ?? '') : text;
      if (value.length >= SHORTEST_SECRET) values.set(`Secret ${metadata.name}, ${key}`, value);
    }
  }
  return values;
}

function inWords({ verb, objectRef, code }: AuditEntry): string {
  const { resource, subresource, namespace, name } = objectRef;
  return `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`} ${namespace}/${name} (${code})`;
}
