import type { LinkState } from '@verbatim/contracts';
import type { Bus } from '../ports.ts';
import { SESSIONS, TASKS } from '../queue-kind.ts';
import { JetStreamAudioLog } from './audio-log.ts';
import { JetStreamClaimQueue } from './claim-queue.ts';
import { JetStreamDoors } from './doors.ts';
import { JetStreamEventFeed } from './event-feed.ts';
import { NatsLink } from './link.ts';
import { SESSIONS_PLACE, TASKS_PLACE } from './names.ts';
import { JetStreamNotices } from './notices.ts';
import { JetStreamObjectStore } from './object-store.ts';
import { type JetStreamBusOptions, settingsOf } from './options.ts';

/** A bus between processes, over NATS. */
export type JetStreamBus = Bus &
  AsyncDisposable & {
    /** Resolves when everything is set up for the first time; rejects only if the bus is disposed before. */
    readonly ready: Promise<void>;
    readonly state: LinkState;
  };

/**
 * Connects to nats-server 2.9 or later with JetStream on, for ever: a server that is away or not usable is tried again
 * with growing pauses, and `state` says what is wrong. Disposing ends every reader, taker and subscription, and holders
 * see `lost`; claims that were not released are offered again after the ack wait, or when they are
 * offered again.
 *
 * @throws SttError `invalid_argument` for an option that cannot work.
 */
export const createJetStreamBus = (options: JetStreamBusOptions): JetStreamBus => {
  const link = new NatsLink(settingsOf(options));
  const audio = new JetStreamAudioLog(link);
  return {
    system: 'nats',
    audio,
    claims: new JetStreamClaimQueue(link, SESSIONS, SESSIONS_PLACE),
    tasks: new JetStreamClaimQueue(link, TASKS, TASKS_PLACE),
    events: new JetStreamEventFeed(link),
    doors: new JetStreamDoors(link),
    objects: new JetStreamObjectStore(link),
    notices: new JetStreamNotices(link),
    ready: link.ready,
    get state() {
      return link.state;
    },
    async [Symbol.asyncDispose]() {
      audio.close();
      await link.close();
    },
  };
};
