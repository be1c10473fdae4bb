import type { WebhookOutcome } from './webhook-outcome.ts';

/** Waits between tries, in milliseconds: long enough together to outlast a deployment and most outages of a receiver. */
const DELAYS_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000] as const;

/** Tries for one message. */
export const WEBHOOK_ATTEMPTS = DELAYS_MS.length + 1;

/** Part of a wait by which it varies both ways, so that messages that failed together do not come back together. */
const JITTER = 0.1;

/** The longest wait that a receiver can ask for, in milliseconds. */
const MOST_RETRY_AFTER_MS = 3_600_000;

/** What follows a try: another one in a while, or nothing more. */
export type WebhookStep = { readonly retryInMs: number } | 'done' | 'give_up';

/** What follows after `attempts` tries of which the last had this outcome; `random` gives numbers from 0 to 1. */
export function webhookPlan(attempts: number, last: WebhookOutcome, random: () => number): WebhookStep {
  if (last === 'delivered') return 'done';
  const delayMs = DELAYS_MS[attempts - 1];
  if (!last.retry || delayMs === undefined) return 'give_up';
  const jitteredMs = Math.round(delayMs * (1 + JITTER * (2 * random() - 1)));
  return { retryInMs: Math.max(jitteredMs, Math.min(last.retryAfterMs ?? 0, MOST_RETRY_AFTER_MS)) };
}
