/** A model can't be had; `message` is one sentence for the user, the technical reason is its cause. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** The innermost reason of an error in a few words, without addresses' passwords. */
export const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const [firstLine = text] = text.split('\n');
  const inner = /reason: (.+)$/.exec(firstLine)?.[1] ?? firstLine;
  return inner.replace(/(:\/\/)[^@/\s]*@/g, '$1').replace(/[.\s]+$/, '');
};
