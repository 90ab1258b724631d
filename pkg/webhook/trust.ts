// Puts the authorities of the webhooks where the API server reads them: the conversion of a CRD, and a ValidatingWebhookConfiguration.
// Pure: from an object as it is to the merge patch that it needs. Only the CA is ever written; what is asked of a webhook, and when,
// belongs to whoever installed the object.

import type { KubeObject } from '../kube/types.ts';
import { trustBundle } from '../pki/pem.ts';

interface ClientConfig {
  readonly caBundle?: string;
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec?: {
    readonly conversion?: { readonly strategy: string; readonly webhook?: { readonly clientConfig?: ClientConfig } };
  };
}

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: ClientConfig }[];
}

/** Undefined when nothing is to be written: it trusts them, or it has no conversion by a webhook. */
export function definitionPatch({ spec }: CustomResourceDefinition, trust: string): object | undefined {
  const { strategy, webhook } = spec?.conversion ?? {};
  if (strategy !== 'Webhook' || webhook?.clientConfig?.caBundle === encode(trust)) return undefined;
  return { spec: { conversion: { webhook: { clientConfig: { caBundle: encode(trust) } } } } };
}

/** A merge patch replaces a list, so it has all of it, and goes with the resourceVersion that it was read at. */
export function configurationPatch({ webhooks = [] }: WebhookConfiguration, trust: string): object | undefined {
  if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === encode(trust))) return undefined;
  const caBundle = encode(trust);
  return { webhooks: webhooks.map((each) => ({ ...each, clientConfig: { ...each.clientConfig, caBundle } })) };
}

/** Only what a patch is made of: a CRD is large. */
export function projectDefinition({
  apiVersion,
  kind,
  metadata,
  spec,
}: CustomResourceDefinition): CustomResourceDefinition {
  const { name, resourceVersion = '', uid = '' } = metadata;
  const { conversion } = spec ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion },
    spec: conversion === undefined ? {} : { conversion },
  };
}

/** Whether the object has the API server call a webhook at all. */
export function callsWebhooks(object: CustomResourceDefinition | WebhookConfiguration): boolean {
  if ('webhooks' in object) return (object.webhooks ?? []).length > 0;
  return (object as CustomResourceDefinition).spec?.conversion?.strategy === 'Webhook';
}

/** The authorities that an object trusts now; empty when it has none, or what nobody can read. */
export function trustedBy(object: CustomResourceDefinition | WebhookConfiguration): string {
  const configs =
    'webhooks' in object
      ? (object.webhooks ?? []).map(({ clientConfig }) => clientConfig)
      : [(object as CustomResourceDefinition).spec?.conversion?.webhook?.clientConfig ?? {}];
  try {
    return trustBundle(...configs.map(({ caBundle = '' }) => Buffer.from(caBundle, 'base64').toString('utf8')));
  } catch {
    return '';
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
