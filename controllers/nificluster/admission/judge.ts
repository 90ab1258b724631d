// What the webhook says of a NiFiCluster that is about to be written, in either version. Pure; the rules of CEL have run before.
// Refused is what the controller could only answer with InvalidSpec, and only where the write brings it: an object that has been
// wrong for long may still be labelled, scaled down and let go. Whatever is being deleted is let through.
// Surprise: a write in v1alpha1 has not been seen by the rules of v1, so those that it can break stand here once more.

import { annotations } from '../../../api/v1/labels.ts';
import { withDefaults } from '../../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import { keptSpec, toV1 } from '../../../api/v1alpha1/conversion.ts';
import { ConversionError } from '../../../api/v1alpha1/fields.ts';
import { at, type Fields } from '../../../api/v1alpha1/json.ts';
import type { AdmissionRequest, Judgement } from '../../../pkg/webhook/reviews.ts';
import type { Finding } from '../plan/steps.ts';
import { validate } from '../validate.ts';
import { unwise } from './warnings.ts';

const mostProblems = 5;
const nothing: Judgement = { warnings: [] };

export function judgeNiFiCluster({ operation, object, oldObject }: AdmissionRequest): Judgement {
  if (object === undefined || object['kind'] !== 'NiFiCluster') return nothing;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return nothing;
  if (at(object, ['metadata', 'deletionTimestamp']) !== undefined) return nothing;
  try {
    const lost = operation === 'UPDATE' && oldObject ? lostIn(object, oldObject) : undefined;
    if (lost !== undefined) return { denied: lost, warnings: [] };
    return judge(object, operation === 'UPDATE' ? oldObject : undefined);
  } catch (error) {
    if (error instanceof ConversionError) return { denied: error.message, warnings: [] };
    throw error;
  }
}

/** Of an update in v1alpha1 that would forget what v1 knows: a whole file put in the place of the object does that. */
function lostIn(object: Fields, oldObject: Fields): string | undefined {
  if (!isSmall(object) || !isSmall(oldObject) || keptSpec(object) === keptSpec(oldObject)) return undefined;
  return `what only v1 knows of this cluster would be lost: leave its annotation ${annotations.v1} as it is (apply or patch instead of replacing), or write the cluster in v1`;
}

function judge(object: Fields, oldObject: Fields | undefined): Judgement {
  const [now, before] = [read(object), oldObject && read(oldObject)];
  const known = new Set(before === undefined ? [] : problemsOf(before, isSmall(object)));
  const problems = problemsOf(now, isSmall(object)).filter((problem) => !known.has(problem));
  const told = findingsOf(now).filter(({ reason }) => reason !== 'InvalidSpec');
  const warnings = [...told.map(({ message }) => message), ...unwise(now, before)];
  return problems.length === 0 ? { warnings } : { denied: sentence(problems), warnings };
}

function isSmall(object: Fields): boolean {
  return object['apiVersion'] === 'datadynamics.io/v1alpha1';
}

/** In v1, defaults filled in: a conversion does not do that. */
function read(object: Fields): DefaultedNiFiCluster {
  return withDefaults((isSmall(object) ? toV1(object) : object) as unknown as NiFiCluster);
}

function findingsOf(cluster: DefaultedNiFiCluster): readonly Finding[] {
  // Nothing is looked up here: what the spec refers to may come after it.
  return validate(cluster, () => ({ state: 'unknown' })).findings;
}

function problemsOf(cluster: DefaultedNiFiCluster, isSmallWrite: boolean): readonly string[] {
  const invalid = findingsOf(cluster).filter(({ reason }) => reason === 'InvalidSpec');
  return [...(isSmallWrite ? brokenRules(cluster) : []), ...invalid.map(({ message }) => message)];
}

/** Rules of v1 on how fields go together, as far as fields of the small schema take part in them. */
function brokenRules({ spec }: DefaultedNiFiCluster): readonly string[] {
  const { transport, tls, auth } = spec;
  const ldap = auth?.ldap;
  const broken: string[] = [];
  if (transport !== 'TLS' && tls !== undefined)
    broken.push('tls goes with transport TLS, which this cluster does not have');
  if (transport !== 'TLS' && auth !== undefined)
    broken.push('auth needs transport TLS, which this cluster does not have');
  if (ldap === undefined) return broken;
  const { authenticationStrategy: strategy, bind, url } = ldap;
  if ((strategy === 'ANONYMOUS') !== (bind === undefined))
    broken.push(
      'auth.ldap.url begins with ldaps://, which needs an account to bind with: write the cluster in v1, with auth.ldap.bind',
    );
  if ((strategy === 'LDAPS') !== url.startsWith('ldaps://'))
    broken.push(
      `auth.ldap.url does not go with authenticationStrategy ${strategy}, which this cluster has in v1: change both there`,
    );
  return broken;
}

function sentence(problems: readonly string[]): string {
  const more = problems.length - mostProblems;
  return [...problems.slice(0, mostProblems), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
