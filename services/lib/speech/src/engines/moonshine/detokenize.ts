import llamaTokenizer from 'llama-tokenizer-js';

/** Ids from here on are Moonshine's own marks, not in the Llama vocabulary. */
const firstSpecialToken = 32_000;

/** The text of Llama SentencePiece tokens, without white space at its ends. */
export function detokenize(tokens: readonly number[]): string {
  const words = tokens.filter((token) => token < firstSpecialToken);
  return llamaTokenizer.decode(words, false, false).trim();
}
