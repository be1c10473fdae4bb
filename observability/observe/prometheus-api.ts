import { z } from 'zod';
import { ObserveError } from './observe-error.ts';
import {
  type Alert,
  alertsAnswer,
  type Exemplar,
  exemplarsAnswer,
  instantAnswer,
  type Rule,
  rangeAnswer,
  rulesAnswer,
  type Sample,
  type Series,
  type TargetHealth,
  targetsAnswer,
} from './prometheus-answers.ts';

/** Times in milliseconds since 1970. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const ANSWER_MS = 30_000;

const envelope = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

/** Asks a Prometheus over its HTTP API. Every method throws an ObserveError with Prometheus' own words when it refuses. */
export class PrometheusApi {
  /** `http://host:port`. */
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** The value of an expression now, or at a time; a scalar is one sample without labels. */
  query(promql: string, atMs?: number): Promise<Sample[]> {
    return this.#ask('query', instantAnswer, { query: promql, ...(atMs !== undefined && { time: inSeconds(atMs) }) });
  }

  queryRange(promql: string, { fromMs, toMs, stepMs }: Range & { readonly stepMs: number }): Promise<Series[]> {
    return this.#ask('query_range', rangeAnswer, {
      ...{ query: promql, start: inSeconds(fromMs), end: inSeconds(toMs), step: inSeconds(stepMs) },
    });
  }

  /** Of every series that the expression selects. */
  queryExemplars(promql: string, { fromMs, toMs }: Range): Promise<Exemplar[]> {
    return this.#ask('query_exemplars', exemplarsAnswer, {
      ...{ query: promql, start: inSeconds(fromMs), end: inSeconds(toMs) },
    });
  }

  /** Those that are pending or firing. */
  alerts(): Promise<Alert[]> {
    return this.#ask('alerts', alertsAnswer);
  }

  rules(): Promise<Rule[]> {
    return this.#ask('rules', rulesAnswer);
  }

  targets(): Promise<TargetHealth[]> {
    return this.#ask('targets?state=active', targetsAnswer);
  }

  /** `parameters` make it a POST: expressions may be longer than an address may be. */
  async #ask<T>(path: string, schema: z.ZodType<T>, parameters?: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      ...(parameters && { method: 'POST', body: new URLSearchParams(parameters) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((cause: unknown) => {
      throw new ObserveError(`Prometheus at ${this.url} does not answer: ${reasonOf(cause)}.`, { cause });
    });
    const text = await response.text();
    const answer = envelope.safeParse(jsonOf(text));
    if (!answer.success) {
      throw new ObserveError(`${this.url} is no Prometheus: it answered ${response.status} "${text.slice(0, 200)}".`);
    }
    if (answer.data.status === 'error') {
      const what = parameters?.query === undefined ? path : parameters.query;
      throw new ObserveError(`Prometheus refuses ${what}: ${answer.data.errorType}: ${answer.data.error}`);
    }
    const data = schema.safeParse(answer.data.data);
    if (data.success) return data.data;
    throw new ObserveError(`Prometheus' answer to ${path} is not understood: ${z.prettifyError(data.error)}`);
  }
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The envelope's schema says what was there instead.
    return undefined;
  }
}

/** `fetch` keeps what went wrong in the cause of an error that says "fetch failed". */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
};
