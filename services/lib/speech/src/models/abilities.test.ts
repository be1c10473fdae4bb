import { describe, expect, it } from 'vitest';
import { abilitiesOf } from './abilities.ts';
import { CATALOGUE, findModel } from './catalogue.ts';

describe('what a model can', () => {
  it.each([
    ['moonshine-tiny', ['transcribe'], false],
    ['whisper-tiny', ['transcribe', 'translate'], true],
    ['whisper-base.en', ['transcribe'], true],
    ['whisper-medium', ['transcribe', 'translate'], true],
    ['whisper-large-v3', ['transcribe', 'translate'], true],
    // OpenAI's release notes: turbo was not trained to translate, and gives the language that was spoken.
    ['whisper-large-v3-turbo', ['transcribe'], true],
    ['distil-small.en', ['transcribe'], true],
  ])('is for %s %j, with words: %s', (id, tasks, wordTimes) => {
    expect(abilitiesOf(findModel(id))).toEqual({ tasks, wordTimes });
  });

  it('is to transcribe in any case, and to translate only where it knows another language than English', () => {
    for (const model of CATALOGUE) {
      const { tasks } = abilitiesOf(model);
      expect(tasks).toContain('transcribe');
      if (model.languages.every((language) => language === 'en')) expect(tasks).toEqual(['transcribe']);
    }
  });
});
