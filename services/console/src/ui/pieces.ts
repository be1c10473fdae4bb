/** Text that was said, and the engine's words in it where it tells them. */
export interface Said {
  readonly text: string;
  readonly words?: readonly { readonly text: string }[];
}

/** A stretch of a text: one of the engine's words, or what stands between two. */
export interface Piece {
  readonly text: string;
  /** Index of the word; null between words. */
  readonly word: number | null;
}

/**
 * A text, cut at its words. The engine may space them otherwise than the text does, so only what is no space is
 * compared; where the words are not those of the text, the text stays whole.
 */
export const piecesOf = ({ text, words = [] }: Said): readonly Piece[] => {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [index, word] of words.entries()) {
    const start = skipSpace(text, at);
    const end = endOfWord(text, start, word.text);
    if (end === null) return [{ text, word: null }];
    if (start > at) pieces.push({ text: text.slice(at, start), word: null });
    if (end > start) pieces.push({ text: text.slice(start, end), word: index });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), word: null });
  return pieces;
};

const SPACE = /\s/;

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && SPACE.test(text.charAt(at))) at++;
  return at;
};

/** Where `word` ends if it begins at `start`; null if it doesn't. */
const endOfWord = (text: string, start: number, word: string): number | null => {
  let at = start;
  for (const unit of word.replace(/\s+/g, '')) {
    at = skipSpace(text, at);
    if (!text.startsWith(unit, at)) return null;
    at += unit.length;
  }
  return at;
};
