import { type Clock, SAMPLE_RATE, systemClock } from '@verbatim/contracts';
import type { Bus } from '../ports.ts';
import { SESSIONS, TASKS } from '../queue-kind.ts';
import { MemoryAudioLog } from './audio-log.ts';
import { MemoryClaimQueue } from './claim-queue.ts';
import { MemoryDoors } from './doors.ts';
import { MemoryEventFeed } from './event-feed.ts';
import { FolderObjectStore } from './folder-object-store.ts';
import { MemoryNotices } from './notices.ts';

const DEFAULT_OBJECTS_MAX_BYTES = 4 * 2 ** 30;

export interface MemoryBusOptions {
  /** Time for the claims' ack wait. Default: the process's own. */
  readonly clock?: Clock;
  /** Seconds of audio held for each session. Default 60. */
  readonly ringSeconds?: number;
  /** Milliseconds without a heartbeat after which a claim is lost and offered again. Default 5000. */
  readonly ackWaitMs?: number;
  readonly objects?: {
    /** A folder for uploads alone, this process's own. Default: a new one for temporary files, made when it is needed. */
    readonly folder?: string;
    /** Bytes of all uploads together, those under way included. Default 4 GiB. */
    readonly maxBytes?: number;
  };
}

/**
 * The bus of a process that runs everything itself: nothing leaves the process, but for uploads in a folder of its own,
 * and nothing outlives it.
 * Disposing it ends every reader, taker and subscription, and holders see `lost`.
 */
export const createMemoryBus = (options: MemoryBusOptions = {}): Bus & AsyncDisposable => {
  const clock = options.clock ?? systemClock;
  const audio = new MemoryAudioLog((options.ringSeconds ?? 60) * SAMPLE_RATE, clock);
  const waits = { clock, ackWaitMs: options.ackWaitMs ?? 5_000 };
  const claims = new MemoryClaimQueue(SESSIONS, waits);
  const tasks = new MemoryClaimQueue(TASKS, waits);
  const events = new MemoryEventFeed();
  const doors = new MemoryDoors(clock);
  const objects = new FolderObjectStore({ maxBytes: DEFAULT_OBJECTS_MAX_BYTES, ...options.objects, clock });
  const notices = new MemoryNotices();
  return {
    system: 'memory',
    audio,
    claims,
    tasks,
    events,
    doors,
    objects,
    notices,
    async [Symbol.asyncDispose]() {
      await claims.close();
      await tasks.close();
      await audio.eraseAll();
      events.close();
      doors.close();
      notices.close();
      await objects.close();
    },
  };
};
