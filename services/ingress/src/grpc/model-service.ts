import type { ModelList } from '../session/options.ts';
import type { ModelServiceHandlers } from './generated/verbatim/stt/v1/ModelService.ts';
import { TASK } from './task.ts';

/** Names the models that sessions may ask for. */
export const modelService = (models: ModelList): ModelServiceHandlers => ({
  ListModels: (_call, respond) =>
    respond(null, {
      models: models.list.map(({ id, languages, tasks, wordTimes }) => ({
        id,
        languages: [...languages],
        default: id === models.default,
        tasks: tasks.map((task) => TASK[task]),
        wordTimes,
      })),
    }),
});
