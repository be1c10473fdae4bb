import { describe, expect, it } from 'vitest';
import type { DecodeResult } from '../engines/engine.ts';
import type { FinalDraft } from './output.ts';
import {
  afterCommit,
  afterJobCommit,
  isLanguageCredible,
  nothingSpoken,
  type SpeechHints,
  settlesLanguage,
  textLanguage,
  wishesOf,
} from './spoken.ts';

const decoded = (over: Partial<DecodeResult> = {}): DecodeResult => ({
  text: 'Hallo zusammen',
  tokens: new Int32Array(),
  logProbabilities: Float32Array.of(-0.1),
  language: 'de',
  truncated: false,
  ...over,
});
const final = (over: Partial<FinalDraft> = {}): FinalDraft => ({
  utterance: 1,
  text: 'Hallo zusammen',
  confidence: 0.9,
  start: 16_000,
  end: 48_000,
  language: 'de',
  reason: 'silence',
  ...over,
});
const hints: SpeechHints = { language: null, task: 'transcribe', prompt: '' };

describe('what is remembered after a commit', () => {
  it('is the language of a final of a second or more', () => {
    expect(afterCommit(nothingSpoken, final({ end: 32_000 }), decoded())).toEqual({ language: 'de', begun: '' });
    expect(afterCommit(nothingSpoken, final({ end: 31_999 }), decoded())).toEqual(nothingSpoken);
  });

  it('is the language that was known before where a final does not tell it well', () => {
    const before = { language: 'en', begun: '' };
    expect(afterCommit(before, final(), decoded({ languageProbability: 0.49 }))).toEqual(before);
    expect(afterCommit(before, final(), decoded({ languageProbability: 0.5 })).language).toBe('de');
  });

  it('is what was spoken, not what the final is written in', () => {
    expect(afterCommit(nothingSpoken, final({ language: 'en' }), decoded()).language).toBe('de');
  });

  it('is the text of a sentence that was cut, until the next commit', () => {
    const cut = afterCommit(nothingSpoken, final({ reason: 'max_utterance' }), decoded());
    expect(cut).toEqual({ language: 'de', begun: 'Hallo zusammen' });
    expect(afterCommit(cut, undefined, undefined)).toEqual({ language: 'de', begun: '' });
    expect(afterCommit(cut, final({ text: 'und danke' }), decoded()).begun).toBe('');
    expect(afterCommit(cut, final({ text: 'und', reason: 'max_utterance' }), decoded()).begun).toBe('und');
  });

  it('stays as it is over silence', () => {
    const spoken = { language: 'de', begun: '' };
    expect(afterCommit(spoken, undefined, undefined)).toBe(spoken);
  });
});

describe('what is remembered of a job', () => {
  it('is the first language that is clear, whatever comes later', () => {
    const unclear = afterJobCommit(nothingSpoken, final(), decoded({ languageProbability: 0.3 }));
    expect(unclear).toEqual(nothingSpoken);
    const clear = afterJobCommit(unclear, final(), decoded());
    expect(afterJobCommit(clear, final(), decoded({ language: 'fr' })).language).toBe('de');
  });

  it('is no sentence that was cut: its rest may be decoded before it', () => {
    expect(afterJobCommit(nothingSpoken, final({ reason: 'max_utterance' }), decoded()).begun).toBe('');
  });
});

describe('the wishes of a decode', () => {
  it('are none where nothing was said and nothing is known', () => {
    expect(wishesOf(hints, nothingSpoken)).toEqual({});
  });

  it('are what the client said, and what was heard', () => {
    expect(
      wishesOf({ language: 'de', task: 'translate', prompt: 'Verbatim' }, { language: 'fr', begun: 'Il y a' }),
    ).toEqual({ language: 'de', expectedLanguage: 'fr', task: 'translate', prompt: 'Verbatim', context: 'Il y a' });
  });
});

describe('a language', () => {
  it('is credible from one half on, and where the engine was told', () => {
    const credible = (languageProbability?: number) =>
      isLanguageCredible(decoded(languageProbability === undefined ? {} : { languageProbability }));
    expect([credible(0.49), credible(0.5), credible()]).toEqual([false, true, true]);
  });

  it('is settled by a second of speech and a probability of 0.8', () => {
    const settles = (languageProbability: number, samples: number) =>
      settlesLanguage(decoded({ languageProbability }), samples);
    expect([settles(0.8, 16_000), settles(0.79, 16_000), settles(0.8, 15_999)]).toEqual([true, false, false]);
    expect(settlesLanguage(decoded(), 16_000)).toBe(true);
  });

  it('of a text is the one spoken, and English for a translation', () => {
    expect(textLanguage(hints, decoded())).toBe('de');
    expect(textLanguage({ ...hints, task: 'translate' }, decoded())).toBe('en');
  });
});
