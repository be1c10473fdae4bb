import {
  type AudioFormat,
  type ClientEvent,
  type Clock,
  type ErrorCode,
  type Opened,
  type SessionRequest,
  SttError,
  systemClock,
} from '@verbatim/contracts';
import { CliError, sentenceOf } from '../cli-error.ts';
import { AsyncQueue } from './async-queue.ts';
import { Backlog } from './backlog.ts';
import { backoffMs } from './backoff.ts';
import { type Link, openLink } from './link.ts';

/** The server's default: how long a session outlives its connection. */
const RESUME_WINDOW_MS = 30_000;
/** More audio than this without an acknowledgement holds the writer back; a live source outlasts the resume window. */
const MOST_HELD_SECONDS = 40;
const CHUNK_BYTES = 32 * 1024;
/** Well under the time after which a server ends an idle session. */
const KEEP_ALIVE_MS = 15_000;

export interface StreamClientOptions {
  /** The WebSocket door, with `events=all`. */
  readonly url: URL;
  /** The session's settings; where they name no audio format, the protocol's own: 16-bit mono at 16 kHz. */
  readonly request: SessionRequest;
  /** Aborts attempts to connect. */
  readonly signal: AbortSignal;
  /** Is told, in a sentence, when the connection is lost and when it is back. */
  readonly onNotice?: (sentence: string) => void;
  /** How long to try to resume after a connection is lost. Default: 30 s, as long as servers keep a session. */
  readonly resumeWindowMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

interface Connection {
  readonly link: Link;
  readonly messages: AsyncIterator<ClientEvent>;
}

/** Errors with which a server lets go of a connection and keeps its session. */
const ENDS_CONNECTION_ONLY: ReadonlySet<ErrorCode> = new Set(['slow_reader', 'unavailable']);
/** Errors of a resume that the next one may not meet. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'session_exists']);

/**
 * A session on a server, over WebSocket. It outlives its connections: when one is lost, the client resumes the session
 * on a new one and sends again what the server does not have, so that nothing is lost and nothing comes twice.
 */
export class StreamClient {
  readonly #options: StreamClientOptions;
  readonly #clock: Clock;
  readonly #format: AudioFormat;
  readonly #backlog: Backlog;
  readonly #events = new AsyncQueue<ClientEvent>();
  readonly #leaving = new AbortController();
  #opened: Opened | null = null;
  #lastSequence = 0;
  #ended = false;
  #over = false;
  #link: Link | null = null;
  /** Wakes the pump: there is something new to send, or nothing ever again. */
  #wakePump = () => {};
  /** Wakes writers: there is room again, or no use in waiting. */
  #wakeWriter = () => {};

  private constructor(options: StreamClientOptions) {
    const { encoding, sample_rate_hertz, channel_count } = options.request;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#format = {
      encoding: encoding ?? 'linear16',
      sampleRateHertz: sample_rate_hertz ?? 16_000,
      channelCount: channel_count ?? 1,
    };
    this.#backlog = new Backlog(this.#format);
  }

  /**
   * Connects and opens a session.
   * @throws CliError when the server can't be reached; SttError, with the server's code, when it refuses.
   */
  static async open(options: StreamClientOptions): Promise<StreamClient> {
    const client = new StreamClient(options);
    const { link, messages } = await client.#connect(options.request);
    void client.#run(link, messages);
    return client;
  }

  /** `opened` first, `closed` last; each final exactly once, in order. Throws what ended the session before that. */
  events(): AsyncIterable<ClientEvent> {
    return this.#events;
  }

  /** Takes audio, cut anywhere; it must not be changed afterwards. Resolves when more may come. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ended || this.#over) return;
    this.#backlog.append(bytes);
    this.#wakePump();
    while (this.#backlog.seconds > MOST_HELD_SECONDS && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /** No more audio: the last finals and `closed` follow. */
  end(): void {
    this.#ended = true;
    this.#wakePump();
  }

  /** Ends the session without waiting for its text. */
  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#leaving.abort();
    const link = this.#link;
    this.#finish();
    if (link?.isOpen) {
      await link.send(END);
      link.close();
      await link.closed;
    }
  }

  async #run(first: Link, firstMessages: AsyncIterator<ClientEvent>): Promise<void> {
    let link = first;
    let messages = firstMessages;
    try {
      for (;;) {
        const pumped = this.#pump(link);
        const closed = await this.#relay(messages);
        this.#link = null;
        this.#wakePump();
        link.close();
        await pumped;
        if (closed || this.#over) return this.#finish();
        ({ link, messages } = await this.#resume());
      }
    } catch (error) {
      link.close();
      this.#finish(error);
    }
  }

  #finish(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (error === undefined) this.#events.end();
    else this.#events.fail(error);
    this.#wakePump();
    this.#wakeWriter();
  }

  /** Passes on what the server says; true if the session is over, false if only its connection was lost. */
  async #relay(messages: AsyncIterator<ClientEvent>): Promise<boolean> {
    for (let fatal = false; ; ) {
      const { done, value: event } = await messages.next();
      if (done === true) return fatal;
      if (event.type === 'error' && !event.recoverable) {
        if (ENDS_CONNECTION_ONLY.has(event.code)) continue;
        fatal = true;
      }
      if (event.type === 'progress') {
        this.#backlog.acknowledge(event.receivedSample);
        this.#wakeWriter();
      }
      if (event.type === 'final') this.#lastSequence = event.sequence;
      this.#events.push(event);
      if (event.type === 'closed') return true;
    }
  }

  /** Sends what there is to send over one connection, in order, and the end behind it. */
  async #pump(link: Link): Promise<void> {
    this.#link = link;
    while (link.isOpen && !this.#over) {
      const bytes = this.#backlog.next(CHUNK_BYTES);
      if (bytes !== null) await link.send(bytes);
      else if (this.#ended) return link.send(END);
      else if ((await this.#newAudio(link)) === 'idle') await link.send(KEEP_ALIVE);
    }
  }

  async #newAudio(link: Link): Promise<'idle' | 'awake'> {
    let cancel = () => {};
    const idle = new Promise<'idle'>((resolve) => {
      cancel = this.#clock.after(KEEP_ALIVE_MS, () => resolve('idle'));
    });
    const awake = new Promise<'awake'>((resolve) => {
      this.#wakePump = () => resolve('awake');
    });
    const reason = await Promise.race([idle, awake, link.closed.then(() => 'awake' as const)]);
    cancel();
    return reason;
  }

  async #resume(): Promise<Connection> {
    const { resumeWindowMs = RESUME_WINDOW_MS, onNotice, random = Math.random } = this.#options;
    onNotice?.('The connection to the server was lost; taking it up again…');
    const lostAt = this.#clock.now();
    for (let attempt = 0; ; attempt++) {
      await this.#pause(backoffMs(attempt, random()));
      try {
        const resumed = await this.#resumeOnce();
        onNotice?.('The connection is back; nothing was lost.');
        return resumed;
      } catch (error) {
        this.#leaving.signal.throwIfAborted();
        if (mayPass(error) && this.#clock.now() - lostAt < resumeWindowMs) continue;
        throw new CliError(`The connection was lost and the session can't be taken up again: ${sentenceOf(error)}`, {
          cause: error,
        });
      }
    }
  }

  #resumeOnce(): Promise<Connection> {
    const { sessionId, resumeToken } = this.#opened!;
    return this.#connect({
      session_id: sessionId,
      resume: { token: resumeToken, last_sequence: this.#lastSequence },
    });
  }

  /** Connects and, with the config that says what is wanted, opens the session or goes on with it. */
  async #connect(config: object): Promise<Connection> {
    const { url, signal } = this.#options;
    const leaving = AbortSignal.any([signal, this.#leaving.signal]);
    const link = await openLink(url, this.#clock, leaving);
    const leave = () => link.close();
    leaving.addEventListener('abort', leave);
    try {
      await link.send(JSON.stringify({ type: 'config', ...config, ...this.#formatFields }));
      const messages = link.events[Symbol.asyncIterator]();
      await this.#awaitOpened(messages);
      return { link, messages };
    } catch (error) {
      link.close();
      throw error;
    } finally {
      leaving.removeEventListener('abort', leave);
    }
  }

  /** The first word of a connection: where to send from, or why not. */
  async #awaitOpened(messages: AsyncIterator<ClientEvent>): Promise<void> {
    const { done, value: event } = await messages.next();
    if (done === true) throw new CliError('The server closed the connection before the session was open.');
    if (event.type === 'error') throw new SttError(event.code, event.message);
    if (event.type !== 'opened') {
      throw new SttError('invalid_argument', `The server began with "${event.type}" and not with "opened".`);
    }
    if (!this.#backlog.rewind(event.nextSample)) {
      throw new SttError('invalid_argument', 'The server asks for audio that this client no longer holds.');
    }
    if (this.#opened === null) this.#events.push(event);
    this.#opened = event;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#leaving;
    signal.throwIfAborted();
    let wake = () => {};
    const over = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const cancel = this.#clock.after(ms, wake);
    signal.addEventListener('abort', wake);
    await over;
    cancel();
    signal.removeEventListener('abort', wake);
    signal.throwIfAborted();
  }

  get #formatFields() {
    const { encoding, sampleRateHertz, channelCount } = this.#format;
    return { encoding, sample_rate_hertz: sampleRateHertz, channel_count: channelCount };
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof SttError ? PASSING.has(error.code) : error instanceof CliError;

const END = JSON.stringify({ type: 'end' });
const KEEP_ALIVE = JSON.stringify({ type: 'keep_alive' });
