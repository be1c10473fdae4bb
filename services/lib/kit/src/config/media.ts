import { z } from 'zod';
import { integer, port } from '../env.ts';
import { decodeVariables, webhookVariables } from './files.ts';
import { hostVariable } from './listening.ts';
import { loggingVariables } from './logging.ts';
import { natsRules, natsVariables } from './nats.ts';
import { redisRules, redisVariables } from './redis.ts';
import { obeying } from './rule.ts';

const variables = z.object({
  ...loggingVariables,
  ...hostVariable,
  /** Health and metrics: the only port of this process, which has no doors. */
  PORT: port().default(8001),
  /** Files at a time. */
  MEDIA_CONCURRENCY: integer({ min: 1, max: 256 }).default(4),
  ...decodeVariables,
  ...webhookVariables,
  ...natsVariables,
  ...redisVariables,
});

/** The settings of a media process, by the names of their environment variables. */
export const mediaSchema = obeying(variables, ...natsRules, ...redisRules);

export type MediaConfig = z.output<typeof mediaSchema>;
