import { textOf, type WhisperTokenizer } from './tokenizer.ts';

/** A word as a run of tokens: those from `from` up to `to`, which is not one of them. */
export interface WordSpan {
  /** With the white space before it and its punctuation: the texts of all words make up the text of all tokens. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** The tokens that are spoken: the word's own without the punctuation before and after it, if it has others. */
  readonly spoken: { readonly from: number; readonly to: number };
}

/** Languages written without spaces: words are cut between characters (OpenAI whisper/tokenizer.py). */
const unspacedLanguages: ReadonlySet<string> = new Set(['zh', 'ja', 'th', 'lo', 'my', 'yue']);

/** What belongs to the word after it, and, as quotes do, perhaps to the one before: a space before it tells. */
const opening = `"'“¿¡([{-「『（《`;
const onlyOpening = '“¿¡([{「『（《';
/** What belongs to the word before it, if there is no space between. */
const closing = `"'.。,，!！?？:：;；…”)]}、」』）》`;

/**
 * Cuts text tokens into words, at spaces or, in languages without, at characters, never inside a character. Punctuation
 * goes with its word, by the rules of OpenAI's whisper/tokenizer.py (`split_to_word_tokens`) and whisper/timing.py
 * (`merge_punctuations`) but for three things: what has no space before it stays with its word where there are spaces at
 * all (`well-known` and `3.5` are one word each, not two), brackets of Chinese and Japanese count as punctuation, and
 * what can only open needs no space to do so.
 *
 * @param language Whisper's name of the language of the text, which for a translation is `en`.
 */
export function splitWords(
  tokens: ArrayLike<number>,
  tokenizer: Pick<WhisperTokenizer, 'bytesOf'>,
  language: string,
): WordSpan[] {
  const spaced = !unspacedLanguages.has(language);
  const words: Piece[][] = [];
  for (const piece of wholeCharacters(tokens, tokenizer)) {
    const word = words.at(-1);
    if (word !== undefined && belongs(piece.text, textOfPieces(word), spaced)) word.push(piece);
    else words.push([piece]);
  }
  return words.map(wordSpan);
}

/** The fewest tokens that make whole characters. */
interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

function wholeCharacters(tokens: ArrayLike<number>, tokenizer: Pick<WhisperTokenizer, 'bytesOf'>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let to = 1; to <= tokens.length; to++) {
    if (to < tokens.length && continuesCharacter(tokenizer.bytesOf(tokens[to] ?? 0))) continue;
    const bytes = Array.from({ length: to - from }, (_, index) => tokenizer.bytesOf(tokens[from + index] ?? 0));
    pieces.push({ text: textOf(Buffer.concat(bytes)), from, to });
    from = to;
  }
  return pieces;
}

/** Bytes 10xxxxxx go on with a UTF-8 character. A token of no bytes begins nothing either. */
function continuesCharacter(bytes: Uint8Array): boolean {
  const [first] = bytes;
  return first === undefined || (first & 0xc0) === 0x80;
}

function belongs(piece: string, word: string, spaced: boolean): boolean {
  if (opensWord(word)) return true;
  return !/^\s/u.test(piece) && (spaced || consistsOf(piece, closing));
}

function opensWord(text: string): boolean {
  return consistsOf(text, onlyOpening) || (/^\s/u.test(text) && consistsOf(text, opening)) || text.trim() === '';
}

/** White space around it aside. */
function consistsOf(text: string, characters: string): boolean {
  const trimmed = text.trim();
  return trimmed !== '' && Array.from(trimmed).every((character) => characters.includes(character));
}

function textOfPieces(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}

function wordSpan(pieces: readonly Piece[]): WordSpan {
  const text = textOfPieces(pieces);
  const from = pieces[0]?.from ?? 0;
  const to = pieces.at(-1)?.to ?? from;
  const first = pieces.find((piece) => !opensWord(piece.text) && !consistsOf(piece.text, opening));
  const last = pieces.findLast((piece) => !consistsOf(piece.text, closing));
  const spoken = first !== undefined && last !== undefined && first.from < last.to;
  return { text, from, to, spoken: spoken ? { from: first.from, to: last.to } : { from, to } };
}
