import { boolean, listOf, object, oneOf, recordOf, type Shape, string } from '../shape.ts';

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

const model: Shape<Model> = object({
  id: string,
  languages: listOf(string),
  tasks: listOf(string),
  wordTimes: boolean,
  default: boolean,
});

export const readModels = object({ models: listOf(model) });

/** How the server is, and each of its parts in words. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly services: Readonly<Record<string, string>>;
}

export const readHealth: Shape<Health> = object({
  status: oneOf(['healthy', 'degraded', 'unhealthy']),
  services: recordOf(string),
});
