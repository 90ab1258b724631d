// Reads what the spec names in Secrets, and collects what is wrong with it. Pure.
// A text of a Secret is returned and never told: a message names the Secret, its key and the field, and nothing that is in it.

import { X509Certificate } from 'node:crypto';
import { splitPem } from '../../pkg/pki/pem.ts';
import type { Finding } from './plan/steps.ts';
import { type References, textOf } from './references.ts';

/** Reads keys of Secrets and collects what is wrong with them. */
export class SecretTexts {
  readonly findings: Finding[] = [];
  waiting = false;
  private readonly references: References;

  constructor(references: References) {
    this.references = references;
  }

  /** One line, without the line end that editors leave behind. Empty when it cannot be had: then there is a finding, or it waits. */
  line(field: string, name: string, key: string): string {
    const text = this.text(field, name, key)?.replace(/\r?\n$/u, '');
    if (text === undefined) return '';
    // oxlint-disable-next-line no-control-regex -- no file of NiFi can hold them
    if (text !== '' && !/[\u0000-\u001f\u007f]/u.test(text)) return text;
    this.invalid(
      `Key ${key} of Secret ${name} (${field}) is empty or has more than one line: it must be one line of text`,
    );
    return '';
  }

  /** One certificate each. */
  certificates(
    field: string,
    reference: { readonly name: string; readonly key: string } | undefined,
  ): readonly string[] {
    if (reference === undefined) return [];
    const { name, key } = reference;
    const text = this.text(field, name, key);
    if (text === undefined) return [];
    const pems = splitPem(text);
    if (pems.length > 0 && pems.every(isCertificate)) return pems;
    this.invalid(
      `Key ${key} of Secret ${name} (${field}) is not a certificate in PEM: put the certificate of the authority there`,
    );
    return [];
  }

  invalid(message: string): void {
    this.findings.push({ reason: 'ReferenceInvalid', message, effect: 'blocks' });
  }

  private text(field: string, name: string, key: string): string | undefined {
    const reference = { kind: 'Secret', name } as const;
    const state = this.references(reference);
    if (state.state === 'unknown') this.waiting = true;
    if (state.state === 'missing')
      this.tell('ReferenceMissing', `Secret ${name} (${field}) does not exist: create it with the key ${key}`);
    if (state.state !== 'present') return undefined;
    const text = textOf(reference, state.object, key);
    if (text === undefined) this.tell('ReferenceKeyMissing', `Secret ${name} (${field}) has no key ${key}: add it`);
    return text;
  }

  private tell(reason: Finding['reason'], message: string): void {
    this.findings.push({ reason, message, effect: 'blocks' });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
