import type { Clock } from '@verbatim/contracts';
import { ClientError } from '../client-error.ts';
import { ApiError } from './api-error.ts';

/** Servers that restart are back by then. */
const GIVE_UP_MS = 30_000;
/** No room, or a proxy without its server. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Which failures of something that is asked again and again are waited out: those that may pass, after a first success. */
export class Patience {
  readonly #clock: Clock;
  #succeeded = false;
  #failingSince: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  success(): void {
    this.#succeeded = true;
    this.#failingSince = null;
  }

  /** @throws the error where there is no use in asking again. */
  failure(error: unknown): void {
    const now = this.#clock.now();
    this.#failingSince ??= now;
    if (!this.#succeeded || !mayPass(error) || now - this.#failingSince >= GIVE_UP_MS) throw error;
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof ApiError ? PASSING.has(error.status) : error instanceof ClientError;
