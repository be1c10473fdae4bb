import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import {
  type Msg,
  type MsgHdrs,
  NoRespondersError,
  RequestError,
  type Subscription,
  TimeoutError,
} from '@nats-io/transport-node';
import { type LinkState, SttError } from '@verbatim/contracts';
import { openWire, REQUEST_MS } from './connection.ts';
import type { JetStreamSettings } from './options.ts';
import { setUpStreams } from './topology.ts';
import type { Wire } from './wire.ts';

const FIRST_BACKOFF_MS = 50;
/**
 * nats-server gives claims away again from half a second after its start, if they were not heartbeated for the ack wait.
 * So in the first seconds of an outage holders must look often; later, and for a server that never was there, seldom.
 */
const SHORT_BACKOFF_MS = 250;
const SHORT_BACKOFFS = 60;
const LONG_BACKOFF_MS = 5_000;
const MAX_RETRY_MS = 500;
const RESTORE_MS = 500;

interface Standing {
  readonly subject: string;
  readonly onMessage: (message: Msg) => void;
  current: Subscription | null;
}

/** A subscription that outlives connections. */
export interface StandingSubscription {
  /** Resolves when the server knows of it; rejects with `unavailable`. */
  established(): Promise<void>;
  stop(): void;
}

/** The way to NATS: connects, sets the streams up and connects again, for ever, with growing pauses and jitter. */
export class NatsLink {
  readonly settings: JetStreamSettings;
  readonly ready: Promise<void>;
  readonly #closed = new AbortController();
  readonly #standing = new Set<Standing>();
  readonly #upListeners = new Set<(wire: Wire) => void>();
  readonly #downListeners = new Set<() => void>();
  readonly #waiting = new Set<(wire: Wire | null) => void>();
  readonly #done: Promise<void>;
  #wire: Wire | null = null;
  #wires = 0;
  #upSince = 0;
  #state: LinkState = { status: 'connecting', detail: 'connecting' };
  #restoring: Promise<void> | null = null;

  constructor(settings: JetStreamSettings) {
    this.settings = settings;
    // Every claim, reader and subscription of the process listens to it.
    setMaxListeners(0, this.#closed.signal);
    this.ready = this.up(this.#closed.signal).then((wire) => {
      if (wire === null) throw new SttError('unavailable', 'The bus was closed before NATS was there.');
    });
    this.ready.catch(() => {});
    this.#done = this.#run();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The connection, or null while there is none. */
  get wire(): Wire | null {
    return this.#wire;
  }

  /** Aborts when the link is closed for good. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** When this connection came back after an outage, in the clock's time; null for the first connection. */
  get backSince(): number | null {
    return this.#wires > 1 ? this.#upSince : null;
  }

  onUp(listener: (wire: Wire) => void): () => void {
    this.#upListeners.add(listener);
    return () => this.#upListeners.delete(listener);
  }

  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => this.#downListeners.delete(listener);
  }

  /** The connection, as soon as there is one; null if `signal` aborts first. */
  up(signal: AbortSignal): Promise<Wire | null> {
    if (this.#wire !== null || signal.aborted || this.#closed.signal.aborted) {
      return Promise.resolve(signal.aborted ? null : this.#wire);
    }
    return new Promise((resolve) => {
      const end = (wire: Wire | null) => {
        this.#waiting.delete(end);
        signal.removeEventListener('abort', stop);
        resolve(wire);
      };
      const stop = () => end(null);
      this.#waiting.add(end);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /**
   * Does something that may safely be done twice, again and again until it succeeds; rejects with `unavailable` after
   * the patience, counted from `since` (default: now). SttErrors that `run` throws pass.
   */
  async attempt<T>(doing: string, run: (wire: Wire) => Promise<T>, since = this.settings.clock.now()): Promise<T> {
    const { clock, patienceMs } = this.settings;
    const patience = new AbortController();
    const stopTimer = clock.after(Math.max(1, since + patienceMs - clock.now()), () => patience.abort());
    let last: unknown;
    try {
      for (let tries = 0; ; tries++) {
        const wire = await this.up(patience.signal);
        if (wire === null) break;
        try {
          return await run(wire);
        } catch (error) {
          if (error instanceof SttError) throw error;
          last = error;
          if (streamIsMissing(error)) await this.restore(wire);
        }
        await pause(jittered(Math.min(MAX_RETRY_MS, 20 * 2 ** tries)), patience.signal);
        if (patience.signal.aborted) break;
      }
    } finally {
      stopTimer();
    }
    const sentence = `The server could not ${doing}: its message bus is away. Try again in a second.`;
    throw new SttError('unavailable', sentence, { retryAfterMs: 1_000, cause: last ?? new Error(this.#state.detail) });
  }

  /** Makes streams that are gone again, once for all who ask at the same time. */
  restore(wire: Wire): Promise<void> {
    this.#restoring ??= setUpStreams(wire.jsm, this.settings)
      .then((trouble) => {
        if (this.#wire === wire) this.#setState('connected', trouble ?? 'connected');
      })
      .catch((error: unknown) => this.#setState(this.#state.status, describe(error)))
      .then(() => pause(RESTORE_MS, wire.down))
      .finally(() => {
        this.#restoring = null;
      });
    return this.#restoring;
  }

  /** Subscribes now and again on every later connection. What `onMessage` throws is dropped with the message. */
  subscribe(subject: string, onMessage: (message: Msg) => void): StandingSubscription {
    const standing: Standing = { subject, onMessage, current: null };
    this.#standing.add(standing);
    if (this.#wire !== null && !this.#wire.nc.isClosed()) attach(this.#wire, standing);
    return {
      established: () => this.attempt('listen for news', (wire) => roundTrip(wire)),
      stop: () => {
        this.#standing.delete(standing);
        standing.current?.unsubscribe();
        standing.current = null;
      },
    };
  }

  /** Says something to whoever listens; drops it while there is no connection. */
  publish(subject: string, message: string, headers?: MsgHdrs): void {
    if (this.#wire === null || this.#wire.nc.isClosed()) return;
    this.#wire.nc.publish(subject, message, headers && { headers });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const end of [...this.#waiting]) end(null);
    await this.#wire?.nc.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed.signal.aborted; failures++) {
      for (const address of shuffled(this.settings.servers)) {
        if (this.#closed.signal.aborted) return;
        const detail = await this.#connection(address);
        if (detail === null) {
          failures = 0;
          break;
        }
        this.#setState(this.#wires === 0 ? 'connecting' : 'away', detail);
      }
      await pause(backoffOf(failures), this.#closed.signal);
    }
  }

  /** One connection from its start to its end; null if it was ever usable, or else what was wrong. */
  async #connection(address: JetStreamSettings['servers'][number]): Promise<string | null> {
    const { settings } = this;
    let wire: Wire;
    try {
      wire = await openWire(address, settings.name, (detail) => this.#setState(this.#state.status, detail));
    } catch (error) {
      return describe(error);
    }
    let trouble: string | null;
    try {
      trouble = await setUpStreams(wire.jsm, this.settings);
    } catch (error) {
      await wire.nc.close();
      return describe(error);
    }
    if (this.#closed.signal.aborted || wire.down.aborted) {
      await wire.nc.close();
      return `${address.label} closed the connection`;
    }
    this.#becomeUp(wire, trouble ?? 'connected');
    await wire.nc.closed();
    this.#becomeDown(address.label);
    return null;
  }

  #becomeUp(wire: Wire, detail: string): void {
    for (const standing of this.#standing) attach(wire, standing);
    this.#wires++;
    this.#upSince = this.settings.clock.now();
    this.#wire = wire;
    this.#setState('connected', detail);
    for (const listener of [...this.#upListeners]) listener(wire);
    for (const end of [...this.#waiting]) end(wire);
  }

  #becomeDown(label: string): void {
    this.#wire = null;
    for (const standing of this.#standing) standing.current = null;
    for (const listener of [...this.#downListeners]) listener();
    if (!this.#closed.signal.aborted) this.#setState('away', `the connection to ${label} was lost`);
  }

  #setState(status: LinkState['status'], detail: string): void {
    if (this.#state.status === status && this.#state.detail === detail) return;
    this.#state = { status, detail };
    this.settings.onState(this.#state);
  }
}

/** Resolves when the server has seen everything sent so far. */
export const roundTrip = async (wire: Wire, ms = REQUEST_MS): Promise<void> => {
  const late = new AbortController();
  try {
    await Promise.race([
      wire.nc.flush(),
      sleep(ms, undefined, { signal: late.signal }).then(() => {
        throw new Error('nats-server did not answer a ping');
      }),
    ]);
  } finally {
    late.abort();
  }
};

/** Nobody listens where a request went: a stream, consumer or process that is not there. */
export const isNoResponders = (error: unknown): boolean =>
  error instanceof NoRespondersError ||
  (error instanceof RequestError && error.isNoResponders()) ||
  (error instanceof Error && error.cause !== undefined && isNoResponders(error.cause));

/** Waits, but not longer than until `signal` aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {});

const backoffOf = (failures: number): number =>
  jittered(failures < SHORT_BACKOFFS ? Math.min(SHORT_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures) : LONG_BACKOFF_MS);

const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);

const STREAM_NOT_FOUND = 10_059;

const streamIsMissing = (error: unknown): boolean =>
  isNoResponders(error) || (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND);

const attach = (wire: Wire, standing: Standing): void => {
  standing.current = wire.nc.subscribe(standing.subject, {
    callback: (error, message) => {
      if (error !== null) return;
      try {
        standing.onMessage(message);
      } catch {
        // A throw here would end the library's reading of the whole connection.
      }
    },
  });
};

const describe = (error: unknown): string => {
  if (isNoResponders(error)) {
    return 'JetStream is off on this nats-server: start it with -js';
  }
  if (error instanceof TimeoutError)
    return 'nats-server does not answer: JetStream is busy, or this user may not use it';
  return error instanceof Error ? error.message : String(error);
};

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
