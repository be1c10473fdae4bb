import { setTimeout as sleep } from 'node:timers/promises';
import { msFromSamples, samplesFromMs } from '@verbatim/contracts';
import type { ClientEvent, Heard } from './client-event.ts';
import type { Connect, Connection, ConnectionEnd, IngressAddress, Opening } from './connection.ts';

export interface SessionOptions {
  readonly connect: Connect;
  /** Tried in turn, from `first` on. */
  readonly ingresses: readonly IngressAddress[];
  readonly first: number;
  /** 16 kHz mono: what the microphone hears from the moment at which the session is open. */
  readonly pcm16: Int16Array;
  readonly signal: AbortSignal;
}

/** One connection that opened or went on with the session, in milliseconds of `performance.now()`. */
export interface Attachment {
  readonly ingress: string;
  readonly from: number;
  readonly to: number;
}

/** What one session was to its client. */
export interface SessionResult {
  readonly sessionId: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Everything but progress. */
  readonly heard: readonly Heard[];
  readonly attachments: readonly Attachment[];
  /** Connections that failed or ended early, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Why the client gave up; null if the session closed. */
  readonly failure: string | null;
}

const CHUNK_MS = 100;
/** What was said while the connection was away is sent in pieces of a second. */
const CATCH_UP_MS = 1_000;
const FIRST_BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 1_000;
/** As long as servers keep a session whose client is away. */
const RETRY_FOR_MS = 30_000;
/** Longer than the 12 s that an ingress waits for NATS or Redis before it says `unavailable`. */
const OPENED_WITHIN_MS = 15_000;
/** After its audio a session that is well needs seconds; this is for those that wait for outages to pass. */
const CLOSED_WITHIN_MS = 60_000;
/** Errors that the next attempt may not meet. */
const PASSING: ReadonlySet<string> = new Set(['lost', 'unavailable', 'no_capacity', 'session_exists', 'slow_reader']);

/**
 * Streams audio at the pace of a microphone through whichever ingress answers. A lost connection is taken up again at the
 * next ingress, from the sample that the server asks for: the audio behind it is this client's backlog.
 */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  return await new ResumingClient(options).run();
}

class ResumingClient {
  readonly #options: SessionOptions;
  readonly #heard: Heard[] = [];
  readonly #attachments: Attachment[] = [];
  readonly #errors: Record<string, number> = {};
  /** When the microphone was switched on. */
  #micAt: number | null = null;
  #opening: Opening = null;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async run(): Promise<SessionResult> {
    const startedAt = performance.now();
    const failure = await this.#untilClosed(startedAt);
    return {
      sessionId: this.#opening?.sessionId ?? null,
      ...{ startedAt, endedAt: performance.now() },
      ...{ heard: this.#heard, attachments: this.#attachments, errors: this.#errors, failure },
    };
  }

  async #untilClosed(startedAt: number): Promise<string | null> {
    const { ingresses, first, pcm16, signal } = this.#options;
    const giveUpAt = startedAt + msFromSamples(pcm16.length) + RETRY_FOR_MS + CLOSED_WITHIN_MS;
    let awaySince = startedAt;
    let backoffMs = FIRST_BACKOFF_MS;
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      const ingress = ingresses[(first + attempt) % ingresses.length]!;
      const { end, wasOpen } = await this.#attach(ingress, giveUpAt);
      if (this.#isClosed) return null;
      this.#errors[end.code] = (this.#errors[end.code] ?? 0) + 1;
      if (!PASSING.has(end.code)) return `${ingress.name}: ${end.code}: ${end.detail}`;
      if (wasOpen) {
        awaySince = performance.now();
        backoffMs = FIRST_BACKOFF_MS;
      }
      if (performance.now() > giveUpAt) return `not closed ${CLOSED_WITHIN_MS / 1000} s after its audio`;
      if (performance.now() - awaySince > RETRY_FOR_MS) {
        return `not to be taken up again within ${RETRY_FOR_MS / 1000} s; at last, ${end.code}: ${end.detail}`;
      }
      await sleep(backoffMs, undefined, { signal });
      backoffMs = Math.min(MOST_BACKOFF_MS, 2 * backoffMs);
    }
  }

  /** One connection, from its beginning to its end. */
  async #attach(ingress: IngressAddress, giveUpAt: number): Promise<{ end: ConnectionEnd; wasOpen: boolean }> {
    let onEnd: (end: ConnectionEnd) => void = () => {};
    const ended = new Promise<ConnectionEnd>((resolve) => {
      onEnd = resolve;
    });
    let openedAt: number | null = null;
    let isOver = false;
    const onEvent = (event: ClientEvent) => {
      if (isOver) return;
      this.#hear(event);
      if (event.type !== 'opened') return;
      clearTimeout(notOpened);
      openedAt = performance.now();
      this.#micAt ??= openedAt;
      void this.#pump(connection, event.nextSample, () => isOver);
    };
    const leave = (detail: string) => onEnd({ code: 'lost', detail });
    const notOpened = setTimeout(leave, OPENED_WITHIN_MS, `no answer within ${OPENED_WITHIN_MS / 1000} s`);
    const tooLong = setTimeout(leave, Math.max(0, giveUpAt - performance.now()), 'the session did not close in time');
    const { connect, signal } = this.#options;
    const abort = () => leave('aborted');
    signal.addEventListener('abort', abort);
    const connection = connect(ingress, this.#opening, { onEvent, onEnd });
    const end = await ended;
    isOver = true;
    connection.close();
    clearTimeout(notOpened);
    clearTimeout(tooLong);
    signal.removeEventListener('abort', abort);
    if (openedAt !== null) this.#attachments.push({ ingress: ingress.name, from: openedAt, to: performance.now() });
    return { end, wasOpen: openedAt !== null };
  }

  #hear(event: ClientEvent): void {
    if (event.type === 'progress') return;
    this.#heard.push({ at: performance.now(), event });
    if (event.type === 'opened') {
      const { sessionId, resumeToken } = event;
      this.#opening = { sessionId, resumeToken, lastSequence: this.#opening?.lastSequence ?? 0 };
    }
    if (event.type === 'final' && this.#opening) this.#opening = { ...this.#opening, lastSequence: event.sequence };
    if (event.type === 'closed') this.#isClosed = true;
  }

  /** Sends what the microphone has heard from `from` on, chunk by chunk as it comes, and the end behind it. */
  async #pump(connection: Connection, from: number, isOver: () => boolean): Promise<void> {
    const { pcm16 } = this.#options;
    const chunk = samplesFromMs(CHUNK_MS);
    for (let at = from; !isOver(); ) {
      if (at >= pcm16.length) return connection.end();
      const heardMs = performance.now() - this.#micAt!;
      const available = Math.min(pcm16.length, Math.floor(heardMs / CHUNK_MS) * chunk);
      if (at < available) {
        const to = Math.min(available, at + samplesFromMs(CATCH_UP_MS));
        await connection.send(at, pcm16.subarray(at, to));
        at = to;
      } else {
        await sleep(Math.ceil(CHUNK_MS - (heardMs % CHUNK_MS)));
      }
    }
  }
}
