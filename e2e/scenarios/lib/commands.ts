// Takes the commands of a user out of a page: the blocks marked `sh` below a heading.

/** Each block is one script. Throws when there is no such heading, or nothing to run below it. */
export function commandsUnder(markdown: string, heading: string): readonly string[] {
  const sections = markdown.split(/^## /mu);
  const section = sections.find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`the page has no heading "${heading}"`);
  const blocks = [...section.matchAll(/^```sh\n(?<commands>[\s\S]*?)^```$/gmu)].map(
    ({ groups }) => groups?.['commands'] ?? '',
  );
  if (blocks.length === 0) throw new Error(`below "${heading}" stands nothing to run`);
  return blocks;
}
