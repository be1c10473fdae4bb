import { type Clock, SAMPLE_RATE, type SessionSpec, systemClock } from '@verbatim/contracts';
import type { Bus } from '../ports.ts';
import { MemoryAudioLog } from './audio-log.ts';
import { MemoryClaimQueue } from './claim-queue.ts';
import { MemoryEventFeed } from './event-feed.ts';

export interface MemoryBusOptions {
  /** Time for the claims' ack wait. Default: the process's own. */
  readonly clock?: Clock;
  /** Seconds of audio held for each session. Default 60. */
  readonly ringSeconds?: number;
  /** Milliseconds without a heartbeat after which a claim is lost and offered again. Default 5000. */
  readonly ackWaitMs?: number;
  /** A session whose claim was lost this often is offered no more. Default 4. */
  readonly maxDeliveries?: number;
  /** Told of each such session, once it is dropped; whoever opened it should close it as failed. Default: nobody is told. */
  readonly onPoison?: (spec: SessionSpec) => void;
}

/**
 * The bus of a process that runs everything itself: nothing leaves the process and nothing outlives it.
 * Disposing it ends every reader, taker and subscription, and holders see `lost`.
 */
export const createMemoryBus = (options: MemoryBusOptions = {}): Bus & AsyncDisposable => {
  const audio = new MemoryAudioLog((options.ringSeconds ?? 60) * SAMPLE_RATE);
  const claims = new MemoryClaimQueue({
    clock: options.clock ?? systemClock,
    ackWaitMs: options.ackWaitMs ?? 5_000,
    maxDeliveries: options.maxDeliveries ?? 4,
    onPoison: options.onPoison ?? (() => {}),
  });
  const events = new MemoryEventFeed();
  return {
    audio,
    claims,
    events,
    async [Symbol.asyncDispose]() {
      await claims.close();
      await audio.eraseAll();
      events.close();
    },
  };
};
