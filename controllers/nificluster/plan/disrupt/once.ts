// What follows from a world, or from a view, is worked out once for it, and not once more for every node that is asked about: hundreds of nodes
// that are all down would else be compared each with each, several times in every plan.
// Neither is ever changed, so the answer is the same each time; it goes when the world does.

export function oncePer<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key) ?? { value: make(key) };
    made.set(key, known);
    return known.value;
  };
}
