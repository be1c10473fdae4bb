import type { Signal } from '@preact/signals';
import type { Model } from '@verbatim/client';
import { Choice } from '../ui/choice.tsx';
import { SpeechChoiceFields } from '../ui/speech-choice-fields.tsx';
import type { FileSettings } from './file-settings.ts';

export interface SettingsFormProps {
  readonly models: readonly Model[];
  readonly settings: Signal<FileSettings>;
}

/** What the next files are to be transcribed with. */
export function SettingsForm({ models, settings }: SettingsFormProps) {
  const change = (changed: FileSettings) => {
    settings.value = changed;
  };
  return (
    <fieldset class="file-settings">
      <legend>For the next files</legend>
      <SpeechChoiceFields models={models} choices={settings.value} onChange={change} />
      <Choice
        label="Channels"
        value={settings.value.channels}
        choices={[
          { value: 'mix', name: 'Mixed' },
          { value: 'separate', name: 'Each apart' },
        ]}
        onChange={(value) => change({ ...settings.value, channels: value === 'separate' ? 'separate' : 'mix' })}
      />
    </fieldset>
  );
}
