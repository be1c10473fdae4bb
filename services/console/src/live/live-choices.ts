import { FIRST_CHOICES, type SpeechChoices } from '../speech-choices.ts';

/** With what the next talk is heard. */
export interface LiveChoices extends SpeechChoices {
  /** Null: the browser's choice. */
  readonly deviceId: string | null;
}

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'verbatim.live';

/** What was chosen the last time. */
export const readChoices = (store: Store | null): LiveChoices => {
  const first: LiveChoices = { ...FIRST_CHOICES, deviceId: null };
  try {
    const kept = JSON.parse(store?.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    return {
      model: text(kept.model),
      language: text(kept.language),
      task: kept.task === 'translate' ? 'translate' : 'transcribe',
      deviceId: text(kept.deviceId),
    };
  } catch {
    return first;
  }
};

/** Where the browser stores nothing, nothing is remembered. */
export const keepChoices = (store: Store | null, choices: LiveChoices): void => {
  try {
    store?.setItem(KEY, JSON.stringify(choices));
  } catch {
    // Full: the page works without.
  }
};
