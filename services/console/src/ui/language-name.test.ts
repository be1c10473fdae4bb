import { expect, it } from 'vitest';
import { languageName } from './language-name.ts';

it('names a language in English', () => {
  expect([languageName('en'), languageName('pt-BR')]).toEqual(['English', 'Brazilian Portuguese']);
});

it('leaves a tag that is none as it is', () => {
  expect(languageName('no language')).toBe('no language');
});
