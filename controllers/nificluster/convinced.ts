// Which nodes trust the authority that is to follow and show the certificate of their Secret: asked of each running process,
// through the gateway's background tasks, and only while an authority is being replaced.
// Nothing is awaited: an answer that lands brings the cluster back. After a restart of the operator all are asked again.

import { caSecretName, hostName, nodeCertificateSecretName } from '../../api/v1/labels.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { convince } from '../../pkg/nifi/tasks/trust.ts';
import { defaultPorts } from './build/config/paths.ts';
import type { World } from './plan/world.ts';
import { decode, nextAuthority } from './projections.ts';
import type { ResolvedCluster } from './resolved.ts';

export function convincedNodes(
  gateway: Pick<Gateway, 'run'>,
  cluster: ResolvedCluster,
  world: World,
): ReadonlySet<number> {
  const { name, namespace, spec } = cluster;
  const data = world.secrets.get(caSecretName(name))?.data ?? {};
  const [present, next, cert, key] = [
    data['tls.crt'],
    data[nextAuthority.certificate],
    data[nextAuthority.probeCertificate],
    data[nextAuthority.probeKey],
  ].map((text) => text && decode(text));
  if (spec.transport === 'InsecureHTTP' || spec.tls !== undefined || !present || !next || !cert || !key)
    return new Set();

  const convinced = [...world.pods.values()].filter(({ id, uid, ip, container }) => {
    const shows = world.secrets.get(nodeCertificateSecretName(name, id))?.certificate?.fingerprint256;
    // Before its startup probe has succeeded it listens nowhere.
    if (ip === undefined || shows === undefined || container?.state !== 'running' || !container.started) return false;
    const node = { id, ip, host: hostName(name, id, namespace), port: defaultPorts.web };
    const process = `${uid} ${container.containerId ?? ''}`;
    const caPem = `${present}${next}`;
    return gateway.run(convince({ node, process, caPem, certPem: cert, keyPem: key, shows })).state === 'done';
  });
  return new Set(convinced.map(({ id }) => id));
}
