// Prints docs/reference/conditions.md: every condition type, reason and event, with what it means and what to do.
// It knows no word itself; the caller hands in the vocabulary, so this file stays free of any one kind.

interface Meaning {
  readonly meaning: string;
  readonly mend: string;
}

export interface Vocabulary {
  readonly types: Readonly<Record<string, { readonly meaning: string; readonly good: string }>>;
  readonly reasonGroups: Readonly<Record<string, Readonly<Record<string, Meaning>>>>;
  readonly events: Readonly<Record<string, Meaning>>;
}

/** The body of the page, without its title. */
export function vocabularyPage(vocabulary: Vocabulary): string {
  const types = Object.entries(vocabulary.types).map(
    ([name, { meaning, good }]) => `| \`${name}\` | ${good} | ${meaning} |`,
  );
  const groups = Object.entries(vocabulary.reasonGroups).flatMap(([title, group]) => [
    `### ${title}`,
    '',
    ...entries(group),
  ]);
  return [
    '## Condition types',
    '',
    '| type | good | meaning |',
    '|---|---|---|',
    ...types,
    '',
    '## Reasons',
    '',
    ...groups,
    '## Events',
    '',
    'An event that goes with a condition has the reason of the condition. These stand alone:',
    '',
    ...entries(vocabulary.events),
  ].join('\n');
}

function entries(words: Readonly<Record<string, Meaning>>): string[] {
  const rows = Object.entries(words).map(([word, { meaning, mend }]) => `| \`${word}\` | ${meaning} | ${mend} |`);
  return ['| word | meaning | what to do |', '|---|---|---|', ...rows, ''];
}
