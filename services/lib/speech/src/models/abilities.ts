import type { SessionTask } from '@verbatim/contracts';
import type { ModelEntry } from './catalogue.ts';

/** What sessions may ask of a model. */
export interface Abilities {
  readonly tasks: readonly SessionTask[];
  /** Whether its finals tell when each word was said. */
  readonly wordTimes: boolean;
}

/** Whisper translates where it was trained to: not the English models, nor the turbo and distilled ones. */
export function abilitiesOf({ id, family, languages }: Pick<ModelEntry, 'id' | 'family' | 'languages'>): Abilities {
  const translates = family === 'whisper' && languages.length > 1 && !/turbo|distil/.test(id);
  return { tasks: translates ? ['transcribe', 'translate'] : ['transcribe'], wordTimes: family === 'whisper' };
}
