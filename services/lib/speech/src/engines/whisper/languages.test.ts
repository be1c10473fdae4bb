import { describe, expect, it } from 'vitest';
import { languageOfWhisper, whisperCode, whisperLanguages, whisperLanguagesV3 } from './languages.ts';

describe('the languages of Whisper', () => {
  it('are in the order of their tokens, which follow <|startoftranscript|>', () => {
    // Token 50259 is English, 50261 German, 50357 Sundanese: openai/whisper-base's tokenizer.json.
    expect([0, 2, 98].map((index) => whisperLanguages[index])).toEqual(['en', 'de', 'su']);
    expect(new Set(whisperLanguagesV3).size).toBe(100);
    expect(whisperLanguagesV3[99]).toBe('yue');
  });

  it('have BCP 47’s names outside of the engine, and either name is understood', () => {
    expect(languageOfWhisper('jw')).toBe('jv');
    expect(['jv', 'jw', 'de'].map(whisperCode)).toEqual(['jw', 'jw', 'de']);
    for (const code of whisperLanguages) expect(whisperCode(languageOfWhisper(code))).toBe(code);
  });
});
