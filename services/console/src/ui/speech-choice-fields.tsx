import type { Model } from '@verbatim/client';
import { modelOf, type SpeechChoices, withModel } from '../speech-choices.ts';
import { Choice } from './choice.tsx';
import { languageName } from './language-name.ts';

export interface SpeechChoiceFieldsProps<T extends SpeechChoices> {
  readonly models: readonly Model[];
  readonly choices: T;
  readonly onChange: (choices: T) => void;
  readonly disabled?: boolean;
}

/** Model, language and, where a model can translate, the task: only what the model can do. */
export function SpeechChoiceFields<T extends SpeechChoices>({
  models,
  choices,
  onChange,
  disabled = false,
}: SpeechChoiceFieldsProps<T>) {
  const model = modelOf(models, choices);
  const languages = (model?.languages ?? [])
    .map((tag) => ({ value: tag, name: languageName(tag) }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <>
      <Choice
        label="Model"
        value={model?.id ?? ''}
        disabled={disabled}
        choices={
          models.length === 0
            ? [{ value: '', name: 'The server’s' }]
            : models.map(({ id }) => ({ value: id, name: id }))
        }
        onChange={(id) => onChange(withModel(models, choices, id))}
      />
      <Choice
        label="Language"
        value={choices.language ?? (languages.length === 1 ? languages[0]!.value : '')}
        disabled={disabled}
        choices={languages.length === 1 ? languages : [{ value: '', name: 'Detect' }, ...languages]}
        onChange={(tag) => onChange({ ...choices, language: tag === '' ? null : tag })}
      />
      {models.some(({ tasks }) => tasks.includes('translate')) && (
        <Choice
          label="Task"
          value={choices.task}
          disabled={disabled}
          choices={[
            { value: 'transcribe', name: 'Transcribe' },
            ...(model?.tasks.includes('translate') ? [{ value: 'translate', name: 'Translate to English' }] : []),
          ]}
          onChange={(task) => onChange({ ...choices, task: task === 'translate' ? 'translate' : 'transcribe' })}
        />
      )}
    </>
  );
}
