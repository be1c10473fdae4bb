import type { JobFields } from '@verbatim/client';
import { FIRST_CHOICES, type SpeechChoices, speechFields } from '../speech-choices.ts';

/** What the next files are transcribed with. */
export interface FileSettings extends SpeechChoices {
  readonly channels: 'mix' | 'separate';
}

export const FIRST_SETTINGS: FileSettings = { ...FIRST_CHOICES, channels: 'mix' };

/** `settings` as the server is asked for them; what it would choose anyway is left out. */
export const fieldsOf = ({ channels, ...choices }: FileSettings): JobFields => ({
  ...speechFields(choices),
  ...(channels !== 'mix' && { channels }),
});
