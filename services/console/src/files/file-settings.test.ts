import type { Model } from '@verbatim/client';
import { describe, expect, it } from 'vitest';
import { FIRST_SETTINGS, fieldsOf, modelOf, withModel } from './file-settings.ts';

const MODELS: readonly Model[] = [
  { id: 'tiny', languages: ['en'], tasks: ['transcribe'], wordTimes: false, default: false },
  { id: 'base', languages: ['en', 'de'], tasks: ['transcribe', 'translate'], wordTimes: true, default: true },
];

describe('the settings of the next files', () => {
  it('mean the model of the server until one is chosen', () => {
    expect(modelOf(MODELS, FIRST_SETTINGS)?.id).toBe('base');
    expect(modelOf(MODELS, withModel(MODELS, FIRST_SETTINGS, 'tiny'))?.id).toBe('tiny');
    expect(modelOf([], FIRST_SETTINGS)).toBeUndefined();
  });

  it('lose a language and a task that another model does not have', () => {
    const german = { ...FIRST_SETTINGS, language: 'de', task: 'translate', channels: 'separate' } as const;
    expect(withModel(MODELS, german, 'base')).toEqual({ ...german, model: 'base' });
    expect(withModel(MODELS, german, 'tiny')).toEqual({
      model: 'tiny',
      language: null,
      task: 'transcribe',
      channels: 'separate',
    });
  });

  it('ask for nothing that the server would choose anyway', () => {
    expect(fieldsOf(FIRST_SETTINGS)).toEqual({});
    expect(fieldsOf({ model: 'base', language: 'de', task: 'translate', channels: 'separate' })).toEqual({
      model: 'base',
      language: 'de',
      task: 'translate',
      channels: 'separate',
    });
  });
});
