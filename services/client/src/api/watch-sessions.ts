import type { ClientEvent, Clock } from '@verbatim/contracts';
import { camelCased } from '../camel-case.ts';
import { pause } from '../pause.ts';
import { object, oneOf, string } from '../shape.ts';
import { readEvent } from '../stream/wire.ts';
import { networkError, parse } from './answer.ts';
import { ApiError } from './api-error.ts';
import { Patience } from './patience.ts';
import { serverSentEvents } from './server-sent-events.ts';
import { type AdminSession, readAdminSession } from './session.ts';

const RETAKE_MS = 1_000;

/** Something that happened to a watched session: one of its events, or what the server knows of it now. */
export interface WatchedEvent {
  readonly sessionId: string;
  readonly event: ClientEvent | { readonly type: 'state'; readonly session: AdminSession };
}

export interface WatchSessionsOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Watches sessions over server-sent events until each of them has closed: the finals so far, then what comes. A stream that
 * breaks is taken up again; each final comes once all the same.
 * @throws ClientError when the server can't be reached for half a minute; ApiError; the signal's reason when it aborts.
 */
export async function* watchSessions(
  sessionIds: readonly string[],
  options: WatchSessionsOptions,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const { clock, signal } = options;
  const url = new URL(options.url);
  const open = new Set(sessionIds);
  const finals = new Map<string, number>();
  const patience = new Patience(clock);
  while (open.size > 0) {
    url.search = String(new URLSearchParams([...open].map((id) => ['session_id', id])));
    try {
      for await (const watched of readOnce(url, options, patience)) {
        const { sessionId, event } = watched;
        if (event.type === 'final') {
          if (event.sequence <= (finals.get(sessionId) ?? 0)) continue;
          finals.set(sessionId, event.sequence);
        }
        if (event.type === 'closed') open.delete(sessionId);
        yield watched;
        if (open.size === 0) return;
      }
    } catch (error) {
      patience.failure(error);
    }
    await pause(clock, RETAKE_MS, signal);
  }
}

async function* readOnce(
  url: URL,
  { headers, signal }: WatchSessionsOptions,
  patience: Patience,
): AsyncGenerator<WatchedEvent, void, undefined> {
  try {
    const response = await fetch(url, { headers, signal: signal ?? null });
    if (!response.ok || response.body === null) throw ApiError.fromBody(response.status, await response.text());
    patience.success();
    for await (const data of serverSentEvents(response.body)) {
      const watched = parse(url, data, watchedOf);
      if (watched !== null) yield watched;
    }
  } catch (error) {
    throw networkError(url, signal, error);
  }
}

const addressed = object({ sessionId: string, type: string });
const state = object({ type: oneOf(['state']), session: readAdminSession });

/** Null for an event that this version does not know. */
const watchedOf = (json: unknown): WatchedEvent | null => {
  const fields = camelCased(json);
  const { sessionId, type } = addressed(fields);
  const event = type === 'state' ? state(fields) : readEvent(fields);
  return event && { sessionId, event };
};
