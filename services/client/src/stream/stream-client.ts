import {
  type AudioFormat,
  type ClientEvent,
  type Clock,
  type Closed,
  type CloseReason,
  type ErrorCode,
  type Final,
  type Samples,
  SttError,
} from '@verbatim/contracts';
import { backoffMs } from '../backoff.ts';
import { ClientError } from '../client-error.ts';
import { liveClock } from '../clock.ts';
import { pause } from '../pause.ts';
import { serverAddress } from '../server-address.ts';
import { AsyncQueue } from './async-queue.ts';
import { Backlog } from './backlog.ts';
import { type Connection, connect } from './connection.ts';
import { FinalizeRequests } from './finalize-requests.ts';
import type { Link } from './link.ts';
import { noShift, type Shift, shifted } from './shift.ts';
import type { StreamClientOptions } from './stream-client-options.ts';

/** The server's default: how long a session outlives its connection. */
const RESUME_WINDOW_MS = 30_000;
/** More audio than this without an acknowledgement holds the writer back; a live source outlasts the resume window. */
const MOST_HELD_SECONDS = 40;
const CHUNK_BYTES = 32 * 1024;
/** Well under the time after which a server ends an idle session. */
const KEEP_ALIVE_MS = 15_000;

/** Errors with which a server lets go of a connection and keeps its session. */
const ENDS_CONNECTION_ONLY: ReadonlySet<ErrorCode> = new Set(['slow_reader', 'unavailable']);
/** Errors of a try to go on that the next one may not meet. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'session_exists', 'no_capacity']);
/** Ends of a session that its client did not bring about and that another session need not meet. */
const CUT_SHORT: ReadonlySet<CloseReason> = new Set(['server_shutdown', 'resume_window_expired']);

/**
 * A session on a server, over WebSocket. It outlives its connections: when one is lost, the client resumes the session
 * on a new one and sends again what the server does not have, so that nothing is lost and nothing comes twice.
 */
export class StreamClient {
  readonly #options: StreamClientOptions;
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #format: AudioFormat;
  readonly #backlog: Backlog;
  readonly #finalizes = new FinalizeRequests();
  readonly #events = new AsyncQueue<ClientEvent>();
  readonly #leaving = new AbortController();
  /** Aborts attempts to connect. */
  readonly #connecting: AbortSignal;
  #sessionId = '';
  #resumeToken = '';
  #lastSequence = 0;
  #lastUtterance = 0;
  /** Audio before it is text, and the text has arrived. */
  #committed: Samples = 0;
  /** What the sessions before this one had, where a server forgot them. */
  #shift: Shift = noShift;
  /** The text of an utterance that a server which stops has cut; it is held back, as it may be half a word. */
  #farewell: Final | null = null;
  /** The server let go of the session before its end: another one is to take its place. */
  #isCutShort = false;
  #finalizeCount = 0;
  #ended = false;
  /** The server may have the end, from this connection or one before. */
  #endSent = false;
  #over = false;
  #link: Link | null = null;
  /** Wakes the pump: there is something new to send, or nothing ever again. */
  #wakePump = () => {};
  /** Writers that wait until there is room again, or no use in waiting. */
  #writers: (() => void)[] = [];

  private constructor(options: StreamClientOptions) {
    const { request = {}, signal } = options;
    this.#options = options;
    this.#url = serverAddress(options.server).stream;
    this.#clock = options.clock ?? liveClock;
    this.#format = {
      encoding: request.encoding ?? 'linear16',
      sampleRateHertz: request.sample_rate_hertz ?? 16_000,
      channelCount: request.channel_count ?? 1,
    };
    this.#backlog = new Backlog(this.#format);
    this.#connecting = signal === undefined ? this.#leaving.signal : AbortSignal.any([signal, this.#leaving.signal]);
  }

  /**
   * Connects and opens a session.
   * @throws ClientError when the server can't be reached; SttError, with the server's code, when it refuses; the signal's
   *   reason when it aborts.
   */
  static async open(options: StreamClientOptions): Promise<StreamClient> {
    const client = new StreamClient(options);
    const connection = await client.#connect({ ...options.request });
    client.#events.push(connection.opened);
    void client.#run(connection);
    return client;
  }

  /** The session's name on the server; REST knows it, too. */
  get sessionId(): string {
    return this.#sessionId;
  }

  /**
   * `opened` first, `closed` last; each final exactly once, in order; one `flushed` for each finalize. For one reader.
   * @throws what ended the session before `closed`: a ClientError when its connection was lost for too long, an SttError.
   */
  events(): AsyncIterable<ClientEvent> {
    return this.#events;
  }

  /**
   * Takes audio, cut anywhere; it must not be changed afterwards. Resolves when more may come: at once while the server has
   * all but the last 40 s of it, as with a live source, also while the connection is lost.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ended || this.#over) return;
    this.#backlog.append(bytes);
    this.#wakePump();
    while (this.#backlog.seconds > MOST_HELD_SECONDS && !this.#over) {
      await new Promise<void>((resolve) => this.#writers.push(resolve));
    }
  }

  /**
   * Asks for the text of all audio written so far; a `flushed` with the returned id says that it is out.
   * @param requestId absent: one is chosen.
   */
  finalize(requestId?: string): string {
    const id = requestId ?? `finalize-${++this.#finalizeCount}`;
    if (this.#ended || this.#over) return id;
    this.#finalizes.add(id, this.#backlog.end);
    this.#wakePump();
    return id;
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

  async #run(first: Connection): Promise<void> {
    let { link, messages } = first;
    try {
      for (;;) {
        const pumped = this.#pump(link);
        const closed = await this.#relay(messages);
        this.#link = null;
        this.#wakePump();
        link.close();
        await pumped;
        if (closed || this.#over) return this.#finish();
        this.#finalizes.forgetSent();
        this.#farewell = null;
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
    this.#wakeWriters();
  }

  #wakeWriters(): void {
    for (const wake of this.#writers.splice(0)) wake();
  }

  /** Passes on what the server says; true if the session is over, false if only its connection was lost. */
  async #relay(messages: AsyncIterator<ClientEvent>): Promise<boolean> {
    for (let fatal = false; ; ) {
      const { done, value: told } = await messages.next();
      if (done === true) return fatal;
      const event = shifted(told, this.#shift);
      if (event.type === 'final' && this.#isFarewell(event)) {
        this.#farewell = event;
        continue;
      }
      if (event.type === 'error' && !event.recoverable) {
        if (ENDS_CONNECTION_ONLY.has(event.code)) continue;
        fatal = true;
      }
      if (event.type === 'closed') {
        if (this.#cutsShort(event)) continue;
        this.#sayFarewell();
      }
      this.#note(event);
      if (event.type === 'flushed') this.#answer(this.#finalizes.answer(event.requestId));
      else this.#events.push(event);
      if (event.type === 'closed') return true;
    }
  }

  #note(event: ClientEvent): void {
    if (event.type === 'progress') {
      // A final may be committed and still be on its way.
      if (event.finals <= this.#lastSequence) this.#committed = Math.max(this.#committed, event.committedSample);
      this.#backlog.acknowledge(this.#options.startOver ? this.#committed : event.receivedSample);
      this.#wakeWriters();
    }
    if (event.type === 'final') {
      this.#lastSequence = event.sequence;
      this.#lastUtterance = event.utterance;
    }
    // After the end a resumed session takes no requests; its end answers those that still wait.
    if (event.type === 'closed' && event.reason === 'end_of_audio') {
      for (const requestId of this.#finalizes.answerAll()) this.#answer(requestId);
    }
  }

  /** Whether a final ends the audio although this client has not ended it. */
  #isFarewell({ reason }: Final): boolean {
    return this.#options.startOver === true && reason === 'end_of_audio' && !this.#endSent;
  }

  #sayFarewell(): void {
    const final = this.#farewell;
    if (final === null) return;
    this.#farewell = null;
    this.#note(final);
    this.#events.push(final);
  }

  /** Whether the session ended before its audio and is to go on as another one, which hears again what was cut. */
  #cutsShort({ reason }: Closed): boolean {
    if (!this.#options.startOver || !CUT_SHORT.has(reason) || this.#endSent) return false;
    this.#isCutShort = true;
    return true;
  }

  #answer(requestId: string | null): void {
    if (requestId !== null) this.#events.push({ type: 'flushed', requestId });
  }

  /** Sends what there is to send over one connection, in order, and the end behind it. */
  async #pump(link: Link): Promise<void> {
    this.#link = link;
    while (link.isOpen && !this.#over) {
      const message = this.#nextMessage();
      if (message !== null) await link.send(message);
      else if (this.#ended) return this.#sendEnd(link);
      else if ((await this.#newAudio(link)) === 'idle') await link.send(KEEP_ALIVE);
    }
  }

  /** Audio, or a request that stands at its place in the audio; null while there is nothing to send. */
  #nextMessage(): string | Uint8Array | null {
    const place = this.#endSent ? null : this.#finalizes.nextPosition;
    if (place === null || place > this.#backlog.cursor) return this.#backlog.next(CHUNK_BYTES);
    return JSON.stringify({ type: 'finalize', request_id: this.#finalizes.send() });
  }

  #sendEnd(link: Link): Promise<void> {
    this.#endSent = true;
    return link.send(END);
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
    const { resumeWindowMs = RESUME_WINDOW_MS, onConnection, random = Math.random } = this.#options;
    const lostAt = this.#clock.now();
    const awayMs = () => this.#clock.now() - lostAt;
    for (let attempt = 1; ; attempt++) {
      onConnection?.({ state: 'lost', attempt });
      await pause(this.#clock, backoffMs(attempt - 1, random()), this.#connecting);
      try {
        const [connection, state] = await this.#goOn();
        onConnection?.({ state, afterMs: awayMs() });
        return connection;
      } catch (error) {
        this.#connecting.throwIfAborted();
        if (mayPass(error) && awayMs() < resumeWindowMs) continue;
        const reason = error instanceof Error ? error.message : String(error);
        throw new ClientError(`The connection was lost and the session can't be taken up again: ${reason}`, {
          cause: error,
        });
      }
    }
  }

  /** Resumes the session or, where the server no longer has it and that is wanted, begins another in its place. */
  async #goOn(): Promise<readonly [Connection, 'resumed' | 'started_over']> {
    if (!this.#isCutShort) {
      const resume = { token: this.#resumeToken, last_sequence: this.#lastSequence - this.#shift.finals };
      try {
        return [await this.#connect({ session_id: this.#sessionId, resume }), 'resumed'];
      } catch (error) {
        const isForgotten = error instanceof SttError && error.code === 'session_not_found';
        if (!this.#options.startOver || !isForgotten) throw error;
        this.#isCutShort = true;
      }
    }
    this.#shift = { samples: this.#committed, finals: this.#lastSequence, utterances: this.#lastUtterance };
    const connection = await this.#connect({ ...this.#options.request });
    this.#isCutShort = false;
    return [connection, 'started_over'];
  }

  async #connect(config: object): Promise<Connection> {
    const { encoding, sampleRateHertz, channelCount } = this.#format;
    const format = { encoding, sample_rate_hertz: sampleRateHertz, channel_count: channelCount };
    const connection = await connect(this.#url, { ...config, ...format }, this.#clock, this.#connecting);
    const { sessionId, resumeToken, nextSample } = connection.opened;
    if (!this.#backlog.rewind(nextSample + this.#shift.samples)) {
      connection.link.close();
      throw new SttError('invalid_argument', 'The server asks for audio that this client no longer holds.');
    }
    // The end travels behind all audio: it has not come where some of that is missing.
    if (!this.#backlog.isSpent) this.#endSent = false;
    this.#sessionId = sessionId;
    this.#resumeToken = resumeToken;
    return connection;
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof SttError ? PASSING.has(error.code) : error instanceof ClientError;

const END = JSON.stringify({ type: 'end' });
const KEEP_ALIVE = JSON.stringify({ type: 'keep_alive' });
