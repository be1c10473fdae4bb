import type { EventFeed } from '@verbatim/bus';
import type { Clock, SessionEvent } from '@verbatim/contracts';
import type { SessionRecord, SessionStore } from '@verbatim/sessions';
import { closedEvent } from '../session/closed-event.ts';
import { FinalOrder } from '../session/final-order.ts';
import { inTime } from './in-time.ts';

/** What is known of the session now, or something that it said. */
export type Sighting =
  | { readonly type: 'state'; readonly record: SessionRecord }
  | Exclude<SessionEvent, { readonly type: 'opened' | 'flushed' }>;

export interface WatchSessionOptions {
  readonly store: Pick<SessionStore, 'get' | 'finals'>;
  readonly events: Pick<EventFeed, 'subscribe'>;
  readonly clock: Clock;
  readonly partials: boolean;
  readonly signal: AbortSignal;
}

/** How often the record is looked at: what the feed lost, another door, and an erasure show there. */
const LOOK_MS = 3_000;

/**
 * A session as seen from outside, for somebody who looks on: its state, its finals so far and what comes, each final once
 * and in order, up to `closed`. Of a session that there is not, or that is erased meanwhile, `closed` alone. Looking on
 * changes nothing.
 */
export async function* watchSession(
  sessionId: string,
  { store, events, clock, partials, signal }: WatchSessionOptions,
): AsyncGenerator<Sighting, void> {
  const over = new AbortController();
  try {
    // Listens before it reads, so that nothing falls in between.
    const feed = (await events.subscribe(sessionId, AbortSignal.any([signal, over.signal])))[Symbol.asyncIterator]();
    yield* sightings(sessionId, feed, { store, clock, partials, signal });
  } finally {
    over.abort();
  }
}

async function* sightings(
  sessionId: string,
  feed: AsyncIterator<SessionEvent>,
  { store, clock, partials, signal }: Omit<WatchSessionOptions, 'events'>,
): AsyncGenerator<Sighting, void> {
  const order = new FinalOrder(0);
  const missed = async (): Promise<readonly Sighting[]> =>
    (await store.finals(sessionId, order.delivered)).filter((final) => order.accept(final));
  let known = await store.get(sessionId);
  if (known === null) return yield gone;
  yield { type: 'state', record: known };
  yield* await missed();
  let next = feed.next();
  let lookAt = clock.now() + LOOK_MS;
  while (known.status === 'open' && !signal.aborted) {
    const result = await inTime(next, clock, Math.max(0, lookAt - clock.now()));
    if (result?.done === true) return;
    if (result !== null) next = feed.next();
    const event = result?.value;
    const isShown = event !== undefined && shows(event, partials);
    if (isShown && order.step(event) === 'fill') yield* await missed();
    if (isShown && event.type !== 'closed' && (event.type !== 'final' || order.accept(event))) yield event;
    if (event !== undefined && event.type !== 'moved' && event.type !== 'closed') continue;
    lookAt = clock.now() + LOOK_MS;
    const record = await store.get(sessionId);
    if (record !== null && hasChanged(known, record)) yield { type: 'state', record };
    if (event?.type === 'closed') return yield event;
    if (record === null) return yield gone;
    known = record;
  }
  if (signal.aborted) return;
  yield* await missed();
  yield closedEvent(known);
}

const gone: Sighting = { type: 'closed', reason: 'erased', audioSeconds: 0, finals: 0 };

const shows = (
  event: SessionEvent,
  partials: boolean,
): event is Exclude<SessionEvent, { type: 'opened' | 'flushed' }> =>
  event.type !== 'opened' && event.type !== 'flushed' && (partials || event.type !== 'partial');

const hasChanged = (before: SessionRecord, now: SessionRecord): boolean =>
  before.owner !== now.owner || before.epoch !== now.epoch || before.door !== now.door || before.status !== now.status;
