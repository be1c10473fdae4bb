/**
 * Names of pods without the beginning that all of them share, which says nothing: "…x2vqk" for
 * "verbatim-transcriber-6c9f7d5b8-x2vqk". Cut behind a hyphen. A name that stands alone stays whole.
 */
export const shortNames = (names: Iterable<string>): ReadonlyMap<string, string> => {
  const all = [...new Set(names)];
  const shared = sharedStart(all);
  return new Map(all.map((name) => [name, shared === 0 ? name : `…${name.slice(shared)}`]));
};

/** How many characters of `names` are the same, up to a hyphen; 0 where there is one name only. */
const sharedStart = (names: readonly string[]): number => {
  const [first = '', ...others] = names;
  if (others.length === 0) return 0;
  let length = 0;
  while (length < first.length && others.every((name) => name[length] === first[length])) length++;
  return first.slice(0, length).lastIndexOf('-') + 1;
};
