import { choice } from '../env.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const loggingVariables = {
  LOG_LEVEL: choice(LOG_LEVELS).default('info'),
};
