import type { JobFields, Model } from '@verbatim/client';

/** What the next files are transcribed with. */
export interface FileSettings {
  /** Null: the server's own choice. */
  readonly model: string | null;
  /** Null: the model's, or detected. */
  readonly language: string | null;
  readonly task: 'transcribe' | 'translate';
  readonly channels: 'mix' | 'separate';
}

export const FIRST_SETTINGS: FileSettings = { model: null, language: null, task: 'transcribe', channels: 'mix' };

/** The model that `settings` mean; undefined while the server has not told its models. */
export const modelOf = (models: readonly Model[], { model }: FileSettings): Model | undefined =>
  models.find((each) => (model === null ? each.default : each.id === model));

/** `settings` with another model, without what that one can't do. */
export const withModel = (models: readonly Model[], settings: FileSettings, id: string): FileSettings => {
  const model = models.find((each) => each.id === id);
  if (model === undefined) return settings;
  const { language, task } = settings;
  return {
    ...settings,
    model: id,
    language: language !== null && model.languages.includes(language) ? language : null,
    task: model.tasks.includes(task) ? task : 'transcribe',
  };
};

/** `settings` as the server is asked for them; what it would choose anyway is left out. */
export const fieldsOf = ({ model, language, task, channels }: FileSettings): JobFields => ({
  ...(model !== null && { model }),
  ...(language !== null && { language }),
  ...(task !== 'transcribe' && { task }),
  ...(channels !== 'mix' && { channels }),
});
