import { z } from 'zod';
import { engineVariables, oneModel, withEngineDefaults } from './engine.ts';
import { decodeVariables, uploadVariables, webhookVariables } from './files.ts';
import { distinctPorts, doorVariables, hostVariable, metricsVariable } from './listening.ts';
import { loggingVariables } from './logging.ts';
import { obeying } from './rule.ts';
import { sessionVariables } from './session-settings.ts';

const variables = z.object({
  ...engineVariables,
  ...loggingVariables,
  ...hostVariable,
  ...doorVariables,
  ...metricsVariable,
  ...sessionVariables,
  ...uploadVariables,
  ...decodeVariables,
  ...webhookVariables,
});

/** The settings of the one-process server, by the names of their environment variables. */
export const standaloneSchema = obeying(
  variables,
  oneModel,
  distinctPorts('PORT', 'GRPC_PORT', 'METRICS_PORT'),
).transform(withEngineDefaults);

/** As read: STT_MODEL is the model that either variable chose, and every default is filled in. */
export type StandaloneConfig = z.output<typeof standaloneSchema>;
