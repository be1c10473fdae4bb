import { describe, expect, it } from 'vitest';
import { prefixOf, promptTokens } from './prefix.ts';
import { splitWords } from './split-words.ts';
import { tinyTokenizer } from './testing/tiny-whisper.ts';
import { WhisperTokenizer } from './tokenizer.ts';

const tokenizer = new WhisperTokenizer(JSON.stringify(tinyTokenizer()));
const english = new WhisperTokenizer(JSON.stringify(tinyTokenizer(false)));
const bytes = (text: string): number[] => [...Buffer.from(text)];

describe('a Whisper tokenizer', () => {
  it('finds special tokens by their names, wherever they stand', () => {
    expect(tokenizer.marks).toMatchObject({ end: 264, start: 265, translate: 268, noSpeech: 272, noTimestamps: 273 });
    expect([...tokenizer.marks.languages]).toEqual([
      ['en', 266],
      ['de', 267],
    ]);
    expect(english.marks).toMatchObject({ end: 264, noSpeech: 268, noTimestamps: 269, translate: undefined });
    expect(english.marks.languages.size).toBe(0);
  });

  it('joins characters that came in pieces, and leaves special tokens out', () => {
    expect(tokenizer.decode([...bytes('né'), 264, 270, ...bytes('☃')])).toBe('né☃');
    expect(tokenizer.decode([256 + 4])).toBe(' word');
  });

  it('takes nothing in a prompt for a special token', () => {
    expect(tokenizer.encode(' x<|endoftext|> y')).toEqual([256 + 5, 256 + 6]);
  });

  it('says what about a file is not that of a Whisper model', () => {
    expect(() => new WhisperTokenizer('{"added_tokens":[],"model":{"type":"Unigram"}}')).toThrow(
      /not that of a Whisper/,
    );
    const { added_tokens: _, ...rest } = tinyTokenizer();
    expect(() => new WhisperTokenizer(JSON.stringify({ ...rest, added_tokens: [] }))).toThrow('no token <|');
  });
});

describe('the beginning of a decode', () => {
  it('is the start mark, the language, the task, and that no times are wanted', () => {
    expect(prefixOf(tokenizer.marks, [], 'de', 'transcribe')).toEqual({ tokens: [265, 267, 269, 273], start: 0 });
    expect(prefixOf(tokenizer.marks, [], 'en', 'translate')).toEqual({ tokens: [265, 266, 268, 273], start: 0 });
    expect(prefixOf(english.marks, [], 'de', 'transcribe')).toEqual({ tokens: [265, 269], start: 0 });
  });

  it('has the prompt before it, behind a mark of its own', () => {
    expect(prefixOf(tokenizer.marks, [7, 8], 'en', 'transcribe')).toEqual({
      tokens: [271, 7, 8, 265, 266, 269, 273],
      start: 3,
    });
  });

  it('knows the user’s words in full and the end of what was said, within limits', () => {
    const [x, y] = [256 + 5, 256 + 6];
    expect(promptTokens(tokenizer, '', ' ')).toEqual([]);
    expect(promptTokens(tokenizer, ' x', 'y')).toEqual([x, y]);
    const long = promptTokens(tokenizer, 'x '.repeat(10), 'y '.repeat(300));
    expect(long.slice(0, 10)).toEqual(new Array(10).fill(x));
    expect(long).toHaveLength(10 + 48);
    expect(promptTokens(tokenizer, 'x '.repeat(400), 'y')).toEqual(new Array(223).fill(x));
  });
});

describe('words', () => {
  const wordsOf = (text: string, language: string) =>
    splitWords(bytes(text), tokenizer, language).map((span) => span.text.trim());

  it('end at spaces, with the punctuation that stands by them', () => {
    expect(wordsOf(' Don’t, “you” say: it’s 3.5 – no?', 'en')).toEqual([
      'Don’t,',
      '“you”',
      'say:',
      'it’s',
      '3.5',
      '–',
      'no?',
    ]);
  });

  it('are characters where there are no spaces, with their punctuation', () => {
    expect(wordsOf('你好，「世」界。', 'zh')).toEqual(['你', '好，', '「世」', '界。']);
    expect(wordsOf('你好', 'en')).toEqual(['你好']);
  });

  it('hold every token once, in order, also those of half a character', () => {
    for (const text of [' a bé ☃!', '世界', '\u00ff']) {
      const tokens = [...bytes(text), 0xe4];
      const spans = splitWords(tokens, tokenizer, 'ja');
      expect(spans.flatMap(({ from, to }) => tokens.slice(from, to))).toEqual(tokens);
    }
  });
});
