// Values of properties as NiFi makes them out: references to parameters first, then the Expression Language over the attributes of a
// flow file. Only as much of that language as the sample uses; anything more throws, so that nothing is rendered wrongly.
// Sources: NiFi's user guide, "Parameters and Expression Language" (an expression in a parameter is evaluated where the parameter is
// used), and its Expression Language guide, "Escaping" (of dollars before a brace, two are one).

const reference = /#\{(?<name>[^{}]+)\}/gu;
const expression = /(?<dollars>\$+)\{(?<inside>[^{}]*)\}/gu;

/** With the values of parameters in the place of references. Throws Error for one that is not given. */
export function withParameters(value: string, parameters: ReadonlyMap<string, string>): string {
  return value.replaceAll(reference, (_, name: string) => {
    const found = parameters.get(name);
    if (found === undefined) throw new Error(`nobody gives the parameter ${name}`);
    return found;
  });
}

/** With the values of attributes in the place of expressions; an attribute that is not there is the empty text. */
export function evaluated(value: string, attributes: ReadonlyMap<string, string>): string {
  return value.replaceAll(expression, (_, dollars: string, inside: string) => {
    const kept = '$'.repeat(Math.floor(dollars.length / 2));
    return dollars.length % 2 === 0 ? `${kept}{${inside}}` : kept + subject(inside, attributes);
  });
}

function subject(inside: string, attributes: ReadonlyMap<string, string>): string {
  const [, name = '', trimmed] = /^([\w.]+)(:trim\(\))?$/u.exec(inside) ?? [];
  if (name === '') throw new Error(`no more than an attribute and trim() is evaluated here: ${inside}`);
  const value = attributes.get(name) ?? '';
  return trimmed === undefined ? value : value.trim();
}
