import * as z from 'zod/mini';

/** A model that sessions and jobs may name. */
export interface Model {
  readonly id: string;
  /** BCP-47 tags. */
  readonly languages: readonly string[];
  /** What it can make of speech: "transcribe", "translate". */
  readonly tasks: readonly string[];
  /** Whether finals tell when each word was said. */
  readonly wordTimes: boolean;
  /** Whether sessions that name no model get this one. */
  readonly default: boolean;
}

const model: z.ZodMiniType<Model> = z.object({
  id: z.string(),
  languages: z.array(z.string()),
  tasks: z.array(z.string()),
  wordTimes: z.boolean(),
  default: z.boolean(),
});

export const modelsSchema = z.object({ models: z.array(model) });

/** How the server is, and each of its parts in words. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly services: Readonly<Record<string, string>>;
}

export const healthSchema: z.ZodMiniType<Health> = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  services: z.record(z.string(), z.string()),
});
