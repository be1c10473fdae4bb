import { describe, expect, it } from 'vitest';
import { piecesOf } from './pieces.ts';

const cut = (text: string, ...words: string[]) =>
  piecesOf({ text, words: words.map((word) => ({ text: word, start: 0, end: 0, confidence: 1 })) }).map((piece) =>
    piece.word === null ? piece.text : [piece.word, piece.text],
  );

describe('a segment cut at its words', () => {
  it('has its spaces between them', () => {
    expect(cut('One, two.', 'One,', 'two.')).toEqual([[0, 'One,'], ' ', [1, 'two.']]);
  });

  it('keeps words with the spaces that the text gives them', () => {
    expect(cut('Où ça ? Là.', ' Où', ' ça?', ' Là.')).toEqual([[0, 'Où'], ' ', [1, 'ça ?'], ' ', [2, 'Là.']]);
  });

  it('needs no spaces', () => {
    expect(cut('你好世界', '你好', '世界')).toEqual([
      [0, '你好'],
      [1, '世界'],
    ]);
  });

  it('keeps what follows the last word', () => {
    expect(cut('One two', 'One')).toEqual([[0, 'One'], ' two']);
  });

  it('stays whole where the words are others, and where there are none', () => {
    expect(cut('One two.', 'One', 'three.')).toEqual(['One two.']);
    expect(piecesOf({ text: 'One two.' })).toEqual([{ text: 'One two.', word: null }]);
  });
});
