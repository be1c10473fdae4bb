import type { ModelList } from '../session/options.ts';
import type { ModelServiceHandlers } from './generated/verbatim/stt/v1/ModelService.ts';

/** Names the models that sessions may ask for. */
export const modelService = (models: ModelList): ModelServiceHandlers => ({
  ListModels: (_call, respond) =>
    respond(null, {
      models: models.list.map(({ id, languages }) => ({
        id,
        languages: [...languages],
        default: id === models.default,
      })),
    }),
});
