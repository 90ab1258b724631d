// The values of a chart as a reader meets them, out of its values.yaml: path, default, and the comment above the key. A key is a group when keys below
// it have comments; otherwise it and all below it are one value. A value without a comment is an error: nobody could know what it is for.

import { isMap, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';

export interface ChartValue {
  /** Such as `image.tag`. */
  readonly path: string;
  /** As one line of YAML. */
  readonly fallback: string;
  readonly description: string;
}

/** Every value in the order of the file. Throws Error for one without a description. */
export function chartValues(text: string): readonly ChartValue[] {
  const { contents } = parseDocument(text);
  return isMap(contents) ? valuesOf(contents, '') : [];
}

function valuesOf(map: YAMLMap, prefix: string): readonly ChartValue[] {
  return (map.items as readonly Pair[]).flatMap((pair, index) => {
    const path = `${prefix}${String(isScalar(pair.key) ? pair.key.value : pair.key)}`;
    if (isMap(pair.value) && isGroup(pair.value)) return valuesOf(pair.value, `${path}.`);
    const description = commentOf(map, pair, index);
    if (description === '') throw new Error(`${path} has no comment above it`);
    return [{ path, fallback: JSON.stringify((pair.value as { toJSON(): unknown }).toJSON()), description }];
  });
}

function isGroup(map: YAMLMap): boolean {
  return (map.items as readonly Pair[]).some((pair, index) => commentOf(map, pair, index) !== '');
}

/** The last paragraph of the comment: one before it, with a blank line between, is about the file. */
function commentOf(map: YAMLMap, pair: Pair, index: number): string {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
  const text = own ?? (index === 0 ? map.commentBefore : undefined) ?? '';
  return (text.split('\n\n').at(-1) ?? '').replaceAll(/\s*\n\s*/gu, ' ').trim();
}

/** A page with a table for each chart. */
export function valuesPage(charts: Readonly<Record<string, string>>, notice: string): string {
  const sections = Object.entries(charts).map(([name, text]) => `## ${name}\n\n${table(text)}`);
  const intro = '[Installation](../installation.md) shows how they are used.';
  return `# Values of the charts\n\n<!-- ${notice} -->\n\n${intro}\n\n${sections.join('\n\n')}\n`;
}

/** The page that a registry of charts shows for one of them: its description, how it is installed, its values. */
export function chartReadme(chart: string, values: string, notice: string): string {
  const { name, description } = parse(chart) as { readonly name: string; readonly description: string };
  const more = name === 'nifi-cluster' ? '' : ' --namespace nifi-operator --create-namespace';
  return [
    `# ${name}`,
    `<!-- ${notice} -->`,
    description,
    `\`\`\`sh\nhelm install ${name} charts/${name}${more}\n\`\`\``,
    '[Installation](../../docs/installation.md) has the rest.',
    `## Values\n\n${table(values)}\n`,
  ].join('\n\n');
}

function table(values: string): string {
  const rows = chartValues(values).map(
    ({ path, fallback, description }) => `| \`${path}\` | \`${fallback}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  return ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
