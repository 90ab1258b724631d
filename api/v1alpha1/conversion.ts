// From v1 to the small schema and back, losing nothing. Pure: the same object gives the same answer, whoever asks and when.
// A spec of v1 that the small schema cannot hold is kept whole in an annotation of the v1alpha1 object, and so is the status; on the
// way back every field that was not changed here is as it was there. What v1 cannot hold is kept in an annotation of the v1 object.
// Surprise: neither annotation is there when nothing needs it, and the first is never stored: v1 is what etcd holds.

import { applyDefaults } from '../../pkg/schema/defaults.ts';
import type { Json } from '../../pkg/schema/structural.ts';
import { annotations } from '../v1/labels.ts';
import { nifiCluster } from '../v1/nificluster.schema.ts';
import { ConversionError, smallFields } from './fields.ts';
import { at, beyond, canonical, equal, type Fields, isFields, laidOver, withAt } from './json.ts';
import { smallNiFiCluster } from './nificluster.schema.ts';
import { statusInV1, statusInV1alpha1 } from './status.ts';

/** What a v1alpha1 object carries of v1. */
interface Kept {
  readonly spec?: Fields;
  readonly status?: Fields;
}

const group = nifiCluster.group;

/** The object in the version asked for. Throws ConversionError for what there is no conversion of, too. */
export function convert(object: Fields, desired: string): Fields {
  const { apiVersion, kind } = object;
  const [v1, v1alpha1] = [`${group}/v1`, `${group}/v1alpha1`];
  if (kind === nifiCluster.kind) {
    if (apiVersion === v1 && desired === v1alpha1) return toV1alpha1(object);
    if (apiVersion === v1alpha1 && desired === v1) return toV1(object);
    if (apiVersion === desired && (desired === v1 || desired === v1alpha1)) return object;
  }
  throw new ConversionError(
    `this operator converts ${nifiCluster.kind} between ${v1} and ${v1alpha1}, and cannot make ${desired} of ${textOf(kind)} of ${textOf(apiVersion)}`,
  );
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'something';
}

/** A v1 object in the small schema. */
export function toV1alpha1(object: Fields): Fields {
  const spec = fieldsOf(object['spec']);
  const status = fieldsOf(object['status']);
  const rest = parse(annotationOf(object, annotations.v1alpha1)) ?? {};
  const small = {
    ...object,
    apiVersion: 'datadynamics.io/v1alpha1',
    ...(spec && { spec: laidOver(smallSpec(spec), rest['spec']) ?? {} }),
    ...(status && { status: laidOver(statusInV1alpha1(status), rest['status']) ?? {} }),
  };
  const kept: Kept = {
    ...(spec && !equal(specInV1(smallSpec(spec), undefined), spec) && { spec }),
    ...(status && !equal(statusInV1(statusInV1alpha1(status), undefined), status) && { status }),
  };
  return annotated(annotated(small, annotations.v1alpha1, {}, object), annotations.v1, { ...kept }, object);
}

/**
 * A v1alpha1 object in v1. Throws ConversionError for a change that v1 cannot carry out, and when the annotation that holds the
 * rest of v1 cannot be read: without it nodes might leave.
 */
export function toV1(object: Fields): Fields {
  const kept = keptIn(object);
  const spec = fieldsOf(object['spec']);
  const status = fieldsOf(object['status']);
  const inV1 = {
    ...(spec && { spec: specInV1(spec, kept.spec) }),
    ...(status && { status: statusInV1(status, kept.status) }),
  };
  const rest = {
    spec: beyond(spec, inV1.spec && smallSpec(inV1.spec)),
    status: beyond(status, inV1.status && statusInV1alpha1(inV1.status)),
  };
  const converted = { ...object, apiVersion: 'datadynamics.io/v1', ...inV1 };
  return annotated(annotated(converted, annotations.v1, {}, object), annotations.v1alpha1, defined(rest), object);
}

/** What a v1alpha1 object carries of the spec of v1, as text; undefined when it carries nothing. Throws ConversionError. */
export function keptSpec(object: Fields): string | undefined {
  const { spec } = keptIn(object);
  return spec === undefined ? undefined : canonical(spec);
}

function keptIn(object: Fields): Kept {
  const text = annotationOf(object, annotations.v1);
  if (text === undefined) return {};
  const kept = parse(text);
  if (kept === undefined || !isOptional(kept['spec']) || !isOptional(kept['status']))
    throw new ConversionError(
      `the annotation ${annotations.v1} cannot be read: it holds what only v1 knows of this object; put its former value back`,
    );
  return kept;
}

function isOptional(value: Json | undefined): boolean {
  return value === undefined || isFields(value);
}

const required = smallNiFiCluster.spec.required ?? [];

/** The spec of v1 in the small schema. */
function smallSpec(spec: Fields): Fields {
  return smallFields.reduce<Fields>((small, { path, read }) => {
    const value = read(spec);
    return value === undefined ? small : withAt(small, path, value);
  }, {});
}

/** `kept` with what the small spec says otherwise; all that the small spec says where nothing is kept. */
function specInV1(small: Fields, kept: Fields | undefined): Fields {
  const filled = applyDefaults(smallNiFiCluster.spec, small);
  const before = kept && applyDefaults(smallNiFiCluster.spec, smallSpec(kept));
  const spec = smallFields.reduce<Fields>((written, { path, write }) => {
    const value = at(filled, path);
    // Part of an object, as server-side apply converts it, may lack even these.
    if (value === undefined && (kept === undefined || required.includes(path[0] ?? ''))) return written;
    return before !== undefined && equal(value, at(before, path)) ? written : write(written, value);
  }, kept ?? {});
  return kept === undefined ? (fieldsOf(applyDefaults(nifiCluster.spec, spec)) ?? {}) : spec;
}

function annotationOf(object: Fields, key: string): string | undefined {
  const text = at(object, ['metadata', 'annotations', key]);
  return typeof text === 'string' ? text : undefined;
}

/**
 * The object with these fields as an annotation, or without the annotation when there are none. One of `before` that cannot be read
 * is not ours and stays.
 */
function annotated(object: Fields, key: string, value: Fields, before: Fields): Fields {
  const path = ['metadata', 'annotations'];
  const text = Object.keys(value).length === 0 ? undefined : canonical(value);
  const had = annotationOf(before, key);
  if (text === undefined && (had === undefined || parse(had) === undefined)) return object;
  const all = withAt(at(object, path) ?? {}, [key], text);
  const metadata = withAt(
    at(object, ['metadata']) ?? {},
    ['annotations'],
    Object.keys(all).length === 0 ? undefined : all,
  );
  return { ...object, metadata };
}

function parse(text: string | undefined): Fields | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    // A person may write anything into an annotation; the caller decides what that means.
    return undefined;
  }
}

function fieldsOf(value: Json | undefined): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function defined(value: Readonly<Record<string, Json | undefined>>): Fields {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, inner]])),
  );
}
