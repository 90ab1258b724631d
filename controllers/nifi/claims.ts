// Which of several objects that ask for the same thing in NiFi has it: the oldest. Pure.
// Surprise: one that is being deleted claims nothing, so the next takes over as soon as a deletion begins; what the former made in NiFi
// carries the former's mark, though, and is nobody else's until it is gone.

interface Claimant {
  readonly metadata: {
    readonly uid?: string;
    readonly creationTimestamp?: string | Date;
    readonly deletionTimestamp?: string | Date;
  };
}

/** The one with the smallest creationTimestamp, then the smallest UID; undefined when all are being deleted. */
export function ownerAmong<T extends Claimant>(objects: readonly T[]): T | undefined {
  const [first] = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined).toSorted(olderFirst);
  return first;
}

function olderFirst(a: Claimant, b: Claimant): number {
  const age = timeOf(a) - timeOf(b);
  return age === 0 ? ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1) : age;
}

/** One without a time was not created yet: it is younger than any other. */
function timeOf({ metadata }: Claimant): number {
  return metadata.creationTimestamp === undefined ? Number.MAX_VALUE : new Date(metadata.creationTimestamp).getTime();
}
