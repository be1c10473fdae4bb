import type { Signal } from '@preact/signals';
import type { Model } from '@verbatim/client';
import { useId } from 'preact/hooks';
import { languageName } from '../ui/language-name.ts';
import { type FileSettings, modelOf, withModel } from './file-settings.ts';

export interface SettingsFormProps {
  readonly models: readonly Model[];
  readonly settings: Signal<FileSettings>;
}

/** What the next files are to be transcribed with. */
export function SettingsForm({ models, settings }: SettingsFormProps) {
  const model = modelOf(models, settings.value);
  const { language, task, channels } = settings.value;
  const languages = (model?.languages ?? [])
    .map((tag) => ({ value: tag, name: languageName(tag) }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
  const change = (part: Partial<FileSettings>) => {
    settings.value = { ...settings.value, ...part };
  };
  return (
    <fieldset class="file-settings">
      <legend>For the next files</legend>
      <Choice
        label="Model"
        value={model?.id ?? ''}
        choices={
          models.length === 0
            ? [{ value: '', name: 'The server’s' }]
            : models.map(({ id }) => ({ value: id, name: id }))
        }
        onChange={(id) => {
          settings.value = withModel(models, settings.value, id);
        }}
      />
      <Choice
        label="Language"
        value={language ?? (languages.length === 1 ? languages[0]!.value : '')}
        choices={languages.length === 1 ? languages : [{ value: '', name: 'Detect' }, ...languages]}
        onChange={(tag) => change({ language: tag === '' ? null : tag })}
      />
      {models.some(({ tasks }) => tasks.includes('translate')) && (
        <Choice
          label="Task"
          value={task}
          choices={[
            { value: 'transcribe', name: 'Transcribe' },
            ...(model?.tasks.includes('translate') ? [{ value: 'translate', name: 'Translate to English' }] : []),
          ]}
          onChange={(value) => change({ task: value === 'translate' ? 'translate' : 'transcribe' })}
        />
      )}
      <Choice
        label="Channels"
        value={channels}
        choices={[
          { value: 'mix', name: 'Mixed' },
          { value: 'separate', name: 'Each apart' },
        ]}
        onChange={(value) => change({ channels: value === 'separate' ? 'separate' : 'mix' })}
      />
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div class="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </div>
  );
}
