// Which nodes trust the authority that is to follow and show the certificate of their Secret: asked of each running process,
// through the gateway's background tasks, and only while an authority is being replaced.
// Nothing is awaited: an answer that lands brings the cluster back. After a restart of the operator all are asked again.

import {
  caSecretName,
  hostName,
  issuedSecretName,
  nodeCertificateSecretName,
  operatorCertificateSecretName,
} from '../../api/v1/labels.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { convince, type TrustQuestion } from '../../pkg/nifi/tasks/trust.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import { sameNames } from '../../pkg/pki/inspect.ts';
import { defaultPorts } from './build/config/paths.ts';
import { shareAny } from './plan/switch.ts';
import type { World } from './plan/world.ts';
import { decode, nextAuthority } from './projections.ts';
import type { ResolvedCluster } from './resolved.ts';

export function convincedNodes(
  gateway: Pick<Gateway, 'run'>,
  cluster: ResolvedCluster,
  world: World,
): ReadonlySet<number> {
  const { name, namespace, spec } = cluster;
  const probe = spec.transport === 'InsecureHTTP' ? undefined : probeOf(cluster, world);
  if (probe === undefined) return new Set();

  const convinced = [...world.pods.values()].filter(({ id, uid, ip, container }) => {
    const shows = world.secrets.get(nodeCertificateSecretName(name, id))?.certificate?.fingerprint256;
    // Before its startup probe has succeeded it listens nowhere.
    if (ip === undefined || shows === undefined || container?.state !== 'running' || !container.started) return false;
    const node = { id, ip, host: hostName(name, id, namespace), port: defaultPorts.web };
    const process = `${uid} ${container.containerId ?? ''}`;
    return gateway.run(convince({ node, process, ...probe, shows })).state === 'done';
  });
  return new Set(convinced.map(({ id }) => id));
}

type Probe = Pick<TrustQuestion, 'caPem' | 'certPem' | 'keyPem'>;

/** Undefined while nothing changes: then nobody needs to be asked. */
function probeOf(cluster: ResolvedCluster, world: World): Probe | undefined {
  const operator = operatorCertificateSecretName(cluster.name);
  const trusted = textIn(world, operator, 'ca.crt') ?? '';
  if (cluster.spec.tls !== undefined) {
    const issued = issuedSecretName(operator);
    return isChanging(cluster, world, issued) ? probe(world, issued, ['tls.crt', 'tls.key'], trusted) : undefined;
  }
  const own = caSecretName(cluster.name);
  const next = textIn(world, own, nextAuthority.certificate);
  const back = [...world.secrets.keys()].some((secret) => secret.endsWith(issuedSecretName('')));
  const certificates = [...world.shared.values()].some(({ kind }) => kind === certificateType.kind);
  if (next === undefined && !back && !certificates) return undefined;
  const caPem = `${textIn(world, own, 'tls.crt') ?? ''}${next ?? ''}${trusted}`;
  return probe(world, own, [nextAuthority.probeCertificate, nextAuthority.probeKey], caPem);
}

function probe(
  world: World,
  secret: string,
  [certificate, key]: readonly [string, string],
  caPem: string,
): Probe | undefined {
  const [certPem, keyPem] = [textIn(world, secret, certificate), textIn(world, secret, key)];
  return certPem && keyPem ? { certPem, keyPem, caPem } : undefined;
}

/** Some certificate is not of the authority that is offered, or its bearer trusts others than go with that. */
function isChanging({ name, members }: ResolvedCluster, { secrets }: World, issued: string): boolean {
  const offered = secrets.get(issued);
  const mounted = [operatorCertificateSecretName(name), ...members.map((id) => nodeCertificateSecretName(name, id))];
  return mounted.some((one) => {
    const { trusts, anchors } = secrets.get(one) ?? {};
    return trusts !== undefined && !(sameNames(trusts, offered?.trusts ?? []) && shareAny(anchors, offered?.anchors));
  });
}

function textIn({ secrets }: World, secret: string, file: string): string | undefined {
  const text = secrets.get(secret)?.data?.[file];
  return text && decode(text);
}
