import { describe, expect, it } from 'vitest';
import { FIRST_SETTINGS, fieldsOf } from './file-settings.ts';

describe('the settings of the next files', () => {
  it('ask for nothing that the server would choose anyway', () => {
    expect(fieldsOf(FIRST_SETTINGS)).toEqual({});
    const all = { model: 'base', language: 'de', task: 'translate', channels: 'separate' } as const;
    expect(fieldsOf(all)).toEqual(all);
  });
});
