// cert-manager in a lab: its CRDs, its real controllers as a process, and what a person does with it. There is no webhook: defaults and checks that
// only it makes are missing. The controllers are one of the control plane's programs, so they never outlive it.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { resource, secrets } from '../../pkg/kube/resources.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../pkg/kube/types.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import type { CertificateAuthority } from '../../pkg/pki/types.ts';
import { startProgram } from '../controlplane/processes.ts';
import { applyCrd } from '../lab/crds.ts';
import type { Lab } from '../lab/lab.ts';
import type { CertManagerBinary } from './binary.ts';

export interface CertManager {
  /** The last lines it logged. */
  tail(): Promise<string>;
  stop(): Promise<void>;
}

export const issuers: ResourceType = resource('cert-manager.io/v1', 'Issuer', 'issuers', true);

export async function installCertManagerCrds(lab: Lab, { crds }: CertManagerBinary): Promise<void> {
  for (const file of crds) await applyCrd(lab.client, parse(await readFile(file, 'utf8')) as KubeObject);
}

/** Starts the controllers; the CRDs must be there. */
export function startCertManager(lab: Lab, { program }: CertManagerBinary): CertManager {
  const { dir, kubeconfig } = lab.controlPlane;
  const process = startProgram('cert-manager', program, [`--kubeconfig=${kubeconfig}`], dir);
  return { tail: () => process.tail(), stop: () => process.stop(5_000) };
}

/** An Issuer of the kind CA, with the authority in a Secret of the same name. */
export async function createCaIssuer(lab: Lab, key: ObjectKey, authority: CertificateAuthority): Promise<void> {
  const { certPem, keyPem } = authority;
  await lab.client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: key,
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': certPem, 'tls.key': keyPem },
  } as KubeObject);
  const spec = { ca: { secretName: key.name } };
  await lab.client.create(issuers, {
    apiVersion: issuers.apiVersion,
    kind: issuers.kind,
    metadata: key,
    spec,
  } as KubeObject);
}

/** Asks for a new certificate before its time, as `cmctl renew` does: the condition Issuing is set. */
export async function renew(lab: Lab, key: ObjectKey): Promise<void> {
  const certificate = await lab.client.get(certificateType, key);
  if (certificate === undefined) throw new Error(`there is no Certificate ${key.namespace}/${key.name}`);
  const { resourceVersion = '', generation } = certificate.metadata;
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'Certificate re-issuance manually triggered',
    lastTransitionTime: new Date().toISOString(),
    observedGeneration: generation,
  };
  const others = (certificate.status?.conditions ?? []).filter(({ type }) => type !== issuing.type);
  const status = { conditions: [...others, issuing] };
  await lab.client.patch(certificateType, key, { status }, { resourceVersion, subresource: 'status' });
}
