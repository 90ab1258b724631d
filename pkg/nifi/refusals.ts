// Why NiFi says no to a change of a flow, by its words: it has no machine-readable form of them. Pure.
// The texts are those of StandardProcessGroup, StandardParameterContext, StandardFlowRegistryDAO, FlowUpdateResource and their like in
// NiFi 2.x; the transcripts hold real ones.
// Surprising: names that people choose stand in these texts, so a refusal is recognised by the fixed words around them, and before
// anything that a single word would tell.

export type Refusal =
  /** Something is queued in what would be deleted. */
  | 'QueueNotEmpty'
  /** It runs, or is enabled, and would have to be stopped first. */
  | 'Running'
  /** Somebody changed the group since it was last synchronised with its registry. */
  | 'LocallyModified'
  /** Something else still refers to what would be deleted or changed. */
  | 'InUse'
  /** The group is no flow of a registry. */
  | 'NotVersioned'
  /** The group is, or holds, a flow of a registry. */
  | 'Versioned'
  /** It is a version of another flow. */
  | 'OtherFlow'
  /** The registry does not answer, or not as a registry. */
  | 'RegistryUnavailable'
  /** The registry has no such bucket, flow, branch or version. */
  | 'FlowNotFound'
  /** This NiFi has no such class. */
  | 'UnknownType'
  /** The flow was changed, but not everything could be started again. */
  | 'NotResumed'
  /** Components are deleted only while every known node is connected: waiting mends it. */
  | 'NodesNotConnected';

const WORDS: readonly (readonly [RegExp, Refusal])[] = [
  [/^Successfully updated flow but could not /u, 'NotResumed'],
  [/Cannot delete component because the following Nodes are not connected/u, 'NodesNotConnected'],
  [/\bQueue not empty for /u, 'QueueNotEmpty'],
  [/\bhas been modified \(\d+ modifications?\) since it was last synchronized/u, 'LocallyModified'],
  [/\bbut the given flow does not match the flow that this Process Group is synchronized with/u, 'OtherFlow'],
  [/\bis not (?:currently )?under Version Control\b/u, 'NotVersioned'],
  [/\bCannot replace a Process Group via import while it or its descendants are under Version Control/u, 'Versioned'],
  [/\bError retrieving flow \[|\bdoes not exist for this flow\b|^Invalid branch, /u, 'FlowNotFound'],
  [/\bFailed to communicate with Flow Registry\b|\bUnable to obtain listing of /u, 'RegistryUnavailable'],
  [/\bis referenced by\b|\bis currently under version control is tracking to it|\bis tracking to it\./u, 'InUse'],
  [/\bis in use by at least one\b/u, 'InUse'],
  [/\bbecause (?:it is not (?:disabled|stopped)|Processor is running)\b|\bis currently running\b/u, 'Running'],
  [/\bis not known to this NiFi instance\b/u, 'UnknownType'],
];

/** What NiFi's words mean; undefined when they are none of these. */
export function refusalIn(words: string): Refusal | undefined {
  return WORDS.find(([pattern]) => pattern.test(words))?.[1];
}
