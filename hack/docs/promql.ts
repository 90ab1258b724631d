// The names of metrics in a PromQL expression, without a parser of it: what is left when strings, matchers, labels, functions and keywords are gone.
// promtool parses every expression in a test of its own, so this one only has to be right about valid ones.

const keywords = new Set([
  'and',
  'or',
  'unless',
  'offset',
  'bool',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
]);

export function metricsOf(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/gu, '')
    .replaceAll(/\{[^}]*\}/gu, ' ')
    .replaceAll(/\[[^\]]*\]/gu, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gu, ' ')
    .replaceAll(/\b\d+[a-z]*\b/gu, ' ');
  const words = [...bare.matchAll(/\b(?<word>[a-zA-Z_:][\w:]*)\b(?<call>\s*\()?/gu)];
  return words.flatMap(({ groups }) => {
    const { word = '', call } = groups ?? {};
    return keywords.has(word) || call !== undefined ? [] : [word];
  });
}
