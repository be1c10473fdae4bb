import type { Answer } from './post.ts';

/** Why a webhook was not delivered. */
export interface WebhookFailure {
  /** Whether another try makes sense. */
  readonly retry: boolean;
  /** For the log. */
  readonly reason: string;
  /** How long the receiver asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

export type WebhookOutcome = 'delivered' | WebhookFailure;

/** Answers of the 400s that say "not now" and not "never": timeout, too early, too many. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an answer means; `wallMs` is the time at which it came, for a Retry-After that is a date. */
export function outcomeOf({ status, retryAfter }: Answer, wallMs: number): WebhookOutcome {
  if (status >= 200 && status < 300) return 'delivered';
  const retryAfterMs = retryAfterOf(retryAfter, wallMs);
  return {
    retry: status < 400 || status >= 500 || NOT_NOW.has(status),
    reason: `The receiver answered ${status}${status < 400 ? '; redirects are not followed' : ''}.`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Seconds or a date (RFC 9110, 10.2.3). */
const retryAfterOf = (text: string | undefined, wallMs: number): number | undefined => {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - wallMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};
