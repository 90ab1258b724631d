// Which ids are members: a pure function of the spec, so that every operator at every time gives the same answer.

export interface MembershipSpec {
  readonly replicas?: number;
  readonly nodeIds?: readonly number[];
  readonly decommission?: readonly number[];
}

/**
 * Member ids, ascending. With `nodeIds` exactly those; otherwise the `replicas` smallest ids that `decommission` does
 * not name. Neither given (an API server without our rules) counts as no members.
 */
export function membersOf(spec: MembershipSpec): readonly number[] {
  if (spec.nodeIds !== undefined) return [...new Set(spec.nodeIds)].toSorted((a, b) => a - b);
  const out = new Set(spec.decommission);
  const members: number[] = [];
  for (let id = 0; members.length < (spec.replicas ?? 0); id += 1) if (!out.has(id)) members.push(id);
  return members;
}
