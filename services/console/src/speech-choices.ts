import type { Model } from '@verbatim/client';

/** With what speech is to become text. */
export interface SpeechChoices {
  /** Null: the server's own choice. */
  readonly model: string | null;
  /** BCP-47. Null: the model's, or detected. */
  readonly language: string | null;
  readonly task: 'transcribe' | 'translate';
}

export const FIRST_CHOICES: SpeechChoices = { model: null, language: null, task: 'transcribe' };

/** The model that `choices` mean; undefined while the server has not told its models. */
export const modelOf = (models: readonly Model[], { model }: SpeechChoices): Model | undefined =>
  models.find((each) => (model === null ? each.default : each.id === model));

/**
 * `choices` without what this server can't do: they may be remembered from another one. As they are while the server has
 * not told its models.
 */
export const fittingChoices = <T extends SpeechChoices>(models: readonly Model[], choices: T): T => {
  if (models.length === 0) return choices;
  const model = modelOf(models, choices) ?? models.find((each) => each.default);
  if (model === undefined) return { ...choices, ...FIRST_CHOICES };
  return { ...withModel(models, choices, model.id), model: choices.model === model.id ? model.id : null };
};

/** `choices` with another model, without what that one can't do. */
export const withModel = <T extends SpeechChoices>(models: readonly Model[], choices: T, id: string): T => {
  const model = models.find((each) => each.id === id);
  if (model === undefined) return choices;
  const { language, task } = choices;
  return {
    ...choices,
    model: id,
    language: language !== null && model.languages.includes(language) ? language : null,
    task: model.tasks.includes(task) ? task : 'transcribe',
  };
};

/** `choices` as the server is asked for them; what it would choose anyway is left out. */
export const speechFields = ({ model, language, task }: SpeechChoices) => ({
  ...(model !== null && { model }),
  ...(language !== null && { language }),
  ...(task !== 'transcribe' && { task }),
});
