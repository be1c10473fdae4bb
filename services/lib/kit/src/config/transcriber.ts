import { z } from 'zod';
import { engineVariables, oneModel, withEngineDefaults } from './engine.ts';
import { hostVariable, metricsVariable } from './listening.ts';
import { loggingVariables } from './logging.ts';
import { natsRules, natsVariables } from './nats.ts';
import { redisRules, redisVariables } from './redis.ts';
import { obeying } from './rule.ts';
import { patienceVariables } from './session-settings.ts';

const variables = z.object({
  ...engineVariables,
  ...loggingVariables,
  ...hostVariable,
  /** Metrics and health: the only port of this process, which has no doors. */
  ...metricsVariable,
  ...patienceVariables,
  ...natsVariables,
  ...redisVariables,
});

/** The settings of a transcriber process, by the names of their environment variables. */
export const transcriberSchema = obeying(variables, oneModel, ...natsRules, ...redisRules).transform(
  withEngineDefaults,
);

export type TranscriberConfig = z.output<typeof transcriberSchema>;
