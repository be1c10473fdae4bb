import type { Model } from '@verbatim/client';
import { describe, expect, it } from 'vitest';
import { FIRST_CHOICES, fittingChoices, modelOf, speechFields, withModel } from './speech-choices.ts';

const MODELS: readonly Model[] = [
  { id: 'tiny', languages: ['en'], tasks: ['transcribe'], wordTimes: false, default: false },
  { id: 'base', languages: ['en', 'de'], tasks: ['transcribe', 'translate'], wordTimes: true, default: true },
];

describe('with what speech is to become text', () => {
  it('is the model of the server until one is chosen', () => {
    expect(modelOf(MODELS, FIRST_CHOICES)?.id).toBe('base');
    expect(modelOf(MODELS, withModel(MODELS, FIRST_CHOICES, 'tiny'))?.id).toBe('tiny');
    expect(modelOf([], FIRST_CHOICES)).toBeUndefined();
  });

  it('loses a language and a task that another model does not have, and nothing else', () => {
    const german = { model: null, language: 'de', task: 'translate', more: 1 } as const;
    expect(withModel(MODELS, german, 'base')).toEqual({ ...german, model: 'base' });
    expect(withModel(MODELS, german, 'tiny')).toEqual({ model: 'tiny', language: null, task: 'transcribe', more: 1 });
  });

  it('leaves out what is remembered of another server and this one does not have', () => {
    const remembered = { model: 'large', language: 'fr', task: 'translate', more: 1 } as const;
    expect(fittingChoices(MODELS, remembered)).toEqual({ ...remembered, model: null, language: null });
    const ofDefault = { model: null, language: 'de', task: 'translate' } as const;
    expect(fittingChoices(MODELS, ofDefault)).toEqual(ofDefault);
    const english = MODELS.map((model) => ({ ...model, default: model.id === 'tiny' }));
    expect(fittingChoices(english, ofDefault)).toEqual(FIRST_CHOICES);
    expect(fittingChoices([], remembered)).toEqual(remembered);
  });

  it('asks for nothing that the server would choose anyway', () => {
    expect(speechFields(FIRST_CHOICES)).toEqual({});
    const all = { model: 'base', language: 'de', task: 'translate' } as const;
    expect(speechFields(all)).toEqual(all);
  });
});
