// The configuration that a node's settings name, in place and by reference, as one set of overrides.
// `configFrom` is laid over what is written in place, in its order, and a Secret wins over all: its values are added at
// the node's start. A value from a Secret must end up in the Secret part and nowhere else.

import { parse } from 'dot-properties';
import type { ConfigFrom } from '../../api/v1/zz_generated.nificluster.ts';
import { isOperatorOwnedBootstrapProperty, isOperatorOwnedProperty } from './build/config/owned.ts';
import type { ConfigOverrides } from './build/config/types.ts';
import type { NodeSettings } from './merge.ts';
import type { Finding } from './plan/steps.ts';
import { type Reference, type References, referenceOf, textOf } from './references.ts';

export interface NodeOverrides {
  readonly overrides: ConfigOverrides;
  readonly secretOverrides: ConfigOverrides;
  readonly findings: readonly Finding[];
  /** A reference is not known yet: neither missing nor there. */
  readonly waiting: boolean;
}

type Part = keyof ConfigOverrides;
interface Value {
  readonly text: string;
  readonly secret: boolean;
}
type Collected = Record<Part, Map<string, Value>>;

export function nodeOverrides(id: number, settings: NodeSettings, references: References): NodeOverrides {
  const collected: Collected = { nifiProperties: new Map(), bootstrapConf: new Map(), files: new Map() };
  const findings: Finding[] = [];
  let waiting = false;
  addInPlace(collected, settings);
  for (const [index, source] of (settings.configFrom ?? []).entries()) {
    for (const reference of referenceOf(source)) {
      const state = references(reference);
      if (state.state === 'unknown') waiting = true;
      else if (state.state === 'missing') findings.push(missing(id, index, reference));
      else if (state.state === 'present')
        findings.push(...collect(collected, { id, index, source, reference, data: state.object }));
    }
  }
  return { overrides: pick(collected, false), secretOverrides: pick(collected, true), findings, waiting };
}

interface Source {
  readonly id: number;
  readonly index: number;
  readonly source: ConfigFrom;
  readonly reference: Reference;
  readonly data: { readonly data?: Readonly<Record<string, string>> };
}

function collect(collected: Collected, { id, index, source, reference, data }: Source): readonly Finding[] {
  const { file } = source;
  const key = source.secretRef?.key ?? source.configMapRef?.key ?? file;
  const text = textOf(reference, data, key);
  const where = `${reference.kind} ${reference.name}, key ${key} (configFrom[${index}] of node ${id})`;
  if (text === undefined) {
    const message = `${where} does not exist: add the key, or name another with configFrom[].key`;
    return [{ reason: 'ReferenceKeyMissing', message, node: id, effect: 'blocks' }];
  }
  const secret = reference.kind === 'Secret';
  if (file !== 'nifi.properties' && file !== 'bootstrap.conf') {
    lay(collected.files, file, { text, secret });
    return [];
  }
  const properties = readProperties(text);
  if (properties === undefined || (secret && !Object.keys(properties).every(isKey))) {
    const message = `${where} is not a properties file: write one key=value a line`;
    return [{ reason: 'ReferenceInvalid', message, node: id, effect: 'blocks' }];
  }
  const owned = Object.keys(properties).filter(
    file === 'nifi.properties' ? isOperatorOwnedProperty : isOperatorOwnedBootstrapProperty,
  );
  if (owned.length > 0) {
    const message = `${where} sets ${owned.join(', ')}, which the operator sets itself: take it out`;
    return [{ reason: 'ReferenceInvalid', message, node: id, effect: 'blocks' }];
  }
  const part = file === 'nifi.properties' ? collected.nifiProperties : collected.bootstrapConf;
  for (const [name, value] of Object.entries(properties)) lay(part, name, { text: value, secret });
  return [];
}

function lay(values: Map<string, Value>, name: string, value: Value): void {
  if (value.secret || values.get(name)?.secret !== true) values.set(name, value);
}

/** The parser's errors carry pieces of the text, which may be secret: only that it failed is told. */
function readProperties(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const parsed: unknown = parse(text);
    const entries = Object.entries(parsed as Record<string, unknown>);
    return entries.every(([, value]) => typeof value === 'string')
      ? (Object.fromEntries(entries) as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What is no key would be named by later checks: of a Secret it may be the secret itself. */
function isKey(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]*$/u.test(name);
}

function missing(id: number, index: number, { kind, name }: Reference): Finding {
  const message = `${kind} ${name} (configFrom[${index}] of node ${id}) does not exist: create it or correct the name`;
  return { reason: 'ReferenceMissing', message, node: id, effect: 'blocks' };
}

function addInPlace(collected: Collected, { config = {} }: NodeSettings): void {
  for (const part of ['nifiProperties', 'bootstrapConf', 'files'] as const) {
    for (const [name, text] of Object.entries(config[part] ?? {})) collected[part].set(name, { text, secret: false });
  }
}

function pick(collected: Collected, secret: boolean): ConfigOverrides {
  const of = (part: Part): Record<string, string> =>
    Object.fromEntries(
      [...collected[part]].filter(([, value]) => value.secret === secret).map(([name, { text }]) => [name, text]),
    );
  return { nifiProperties: of('nifiProperties'), bootstrapConf: of('bootstrapConf'), files: of('files') };
}
