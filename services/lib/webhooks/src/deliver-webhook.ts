import { type Clock, SttError } from '@verbatim/contracts';
import { Webhook } from 'standardwebhooks';
import type { AddressRules } from './address-rules.ts';
import { post } from './post.ts';
import { type Lookup, systemLookup, TargetRefused, targetOf } from './target.ts';
import { outcomeOf, type WebhookFailure, type WebhookOutcome } from './webhook-outcome.ts';

/** What a webhook is told. */
export interface WebhookMessage {
  /** The same for each try, so that receivers can tell a repetition. */
  readonly id: string;
  readonly payload: object;
}

export interface DeliverOptions {
  /** "whsec_" and base64, as Standard Webhooks has it. */
  readonly secret: string;
  readonly allow: AddressRules;
  /** For the whole try: look-up, connection, answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the try; it does not count as one then. */
  readonly signal: AbortSignal;
  /** How hosts are resolved. Default: as the system does. */
  readonly lookup?: Lookup;
}

/**
 * Tries once to tell a webhook, signed by the Standard Webhooks scheme (https://www.standardwebhooks.com).
 * @throws the signal's reason if that was aborted before the outcome was known
 * @throws Error if the secret is none
 */
export async function deliverWebhook(
  url: string,
  message: WebhookMessage,
  { secret, allow, timeoutMs, clock, signal, lookup = systemLookup }: DeliverOptions,
): Promise<WebhookOutcome> {
  signal.throwIfAborted();
  const body = JSON.stringify(message.payload);
  const headers = signedHeaders(message.id, body, secret, clock.wall());
  const end = new AbortController();
  const onAbort = () => end.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  let late = false;
  const stopTimer = clock.after(timeoutMs, () => {
    late = true;
    end.abort();
  });
  try {
    const target = await unless(end.signal, targetOf(url, allow, lookup));
    return outcomeOf(await post(target, body, headers, end.signal), clock.wall());
  } catch (error) {
    signal.throwIfAborted();
    return late ? { retry: true, reason: `No answer within ${timeoutMs} ms.` } : failureOf(error);
  } finally {
    stopTimer();
    signal.removeEventListener('abort', onAbort);
  }
}

const signedHeaders = (id: string, body: string, secret: string, wallMs: number): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Verbatim',
  'webhook-id': id,
  'webhook-timestamp': `${Math.floor(wallMs / 1000)}`,
  'webhook-signature': new Webhook(secret).sign(id, new Date(wallMs), body),
});

/** What `promise` becomes, or a rejection when `signal` is aborted first: a look-up cannot be called off. */
const unless = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });

const failureOf = (error: unknown): WebhookFailure => {
  if (error instanceof SttError || error instanceof TargetRefused) return { retry: false, reason: error.message };
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  return { retry: true, reason: `The receiver could not be reached${code}.` };
};
