import { type Clock, type CloseReason, SttError } from '@verbatim/contracts';
import type { Logger, OpenSpan } from '@verbatim/kit';
import { failRequest } from '../request-span.ts';
import { closeError } from '../session/close-error.ts';
import type { LiveSession } from '../session/live-session.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { Principal } from '../session/options.ts';
import { namedFormat } from '../session/request.ts';
import { closeCodeForError, closeCodeForReason } from './close-code.ts';
import { type Frame, Inbox } from './inbox.ts';
import { type ClientMessage, parseBinary, parseMessage } from './messages.ts';
import { SeedShape, type WireMessage } from './seed-shape.ts';
import { checkSettings, settingsFromConfig, settingsFromQuery, type WsSettings } from './settings.ts';
import type { Socket } from './socket.ts';

export interface WsConnectionOptions {
  readonly sessions: LiveSessions;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxChunkBytes: number;
  /** Of the request that the socket was opened by; the connection ends it. */
  readonly span?: OpenSpan | undefined;
  /** How long a socket may stay open without opening a session, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/**
 * One socket. Its session opens with the first message, whatever that is, so that a config can come first; with a
 * resume token in the query it opens at once, because the client has to learn from where to send.
 */
export class WsConnection {
  readonly #socket: Socket;
  readonly #query: URLSearchParams;
  readonly #options: WsConnectionOptions;
  readonly #inbox: Inbox;
  readonly #closed = new AbortController();
  #session: LiveSession | null = null;
  #wantsOpened: boolean;
  #lastError: string | null = null;
  #stopIdleTimer: () => void;

  constructor(socket: Socket, query: URLSearchParams, options: WsConnectionOptions) {
    this.#socket = socket;
    this.#query = query;
    this.#options = options;
    this.#wantsOpened = query.get('events') === 'all';
    this.#inbox = new Inbox(socket, (frame) => this.#guarded(() => this.#take(frame)));
    this.#stopIdleTimer = options.clock.after(options.idleTimeoutMs, () => {
      const seconds = options.idleTimeoutMs / 1000;
      void this.#abandon(new SttError('idle_timeout', `No message came within ${seconds} s.`));
    });
    socket.on('message', (data, binary) => this.#inbox.push({ data, binary }));
    socket.once('close', () => this.#onClose());
    if (query.has('resume_token')) void this.#guarded(() => this.#openFromQuery());
  }

  /** Runs one step; its errors become messages, and where nothing can go on, the end of the socket. */
  async #guarded(step: () => Promise<void>): Promise<void> {
    if (this.#closed.signal.aborted) return;
    try {
      await step();
    } catch (thrown) {
      const error = SttError.from(thrown);
      if (error.code === 'internal')
        this.#options.log.error({ err: thrown, ...this.#id }, 'A WebSocket message failed.');
      // A client that has left, which is what most steps that were under way then fail with, is told of nothing.
      if (this.#closed.signal.aborted) return;
      if (!error.recoverable || error.code === 'too_large') await this.#abandon(error);
      else if (this.#session === null) {
        this.#options.sessions.toldOf(error, 'websocket');
        await this.#send(errorMessage(error));
      } else this.#session.report(error);
    }
  }

  async #take({ data, binary }: Frame): Promise<void> {
    const { maxChunkBytes } = this.#options;
    const message = binary ? parseBinary(data, maxChunkBytes) : parseMessage(data, maxChunkBytes);
    if (message.type === 'config') return this.#takeConfig(message);
    if (this.#session === null) await this.#openFromQuery(message.type === 'audio' ? message.sessionId : undefined);
    await this.#takeRequest(message, this.#session!);
  }

  async #takeConfig(message: ClientMessage & { type: 'config' }): Promise<void> {
    if (this.#session !== null) {
      throw new SttError('failed_precondition', 'A config must be the first message; the session is open already.', {
        field: 'config',
        recoverable: true,
      });
    }
    this.#wantsOpened = true;
    await this.#open(checkSettings(settingsFromQuery(this.#query), settingsFromConfig(message.fields)));
  }

  async #takeRequest(message: Exclude<ClientMessage, { type: 'config' }>, session: LiveSession): Promise<void> {
    switch (message.type) {
      case 'audio':
        if (message.sessionId !== undefined && message.sessionId !== session.sessionId) {
          throw new SttError(
            'invalid_argument',
            `This socket serves session "${session.sessionId}"; audio for "${message.sessionId}" needs its own socket.`,
            { field: 'session_id', recoverable: true },
          );
        }
        return session.write(message.bytes, message.firstSample);
      case 'finalize':
        session.finalize(message.requestId);
        return;
      case 'end':
        return session.end();
      case 'keep_alive':
        return session.keepAlive();
    }
  }

  async #openFromQuery(sessionId?: string): Promise<void> {
    const query = settingsFromQuery(this.#query);
    const named = sessionId === undefined || query.session_id !== undefined ? {} : { session_id: sessionId };
    await this.#open(checkSettings(query, named));
  }

  async #open(settings: WsSettings): Promise<void> {
    this.#stopIdleTimer();
    const session = await this.#findOrOpen(settings);
    if (this.#closed.signal.aborted) {
      session.disconnect();
      return;
    }
    this.#session = session;
    this.#options.span?.set({ 'verbatim.session.id': session.sessionId });
    void this.#guarded(() => this.#sendEvents(session));
  }

  /** Seed clients know no token: their id goes on with a detached session, or takes the place of a closed one. */
  async #findOrOpen({ request, resume }: WsSettings): Promise<LiveSession> {
    const { sessions, principal } = this.#options;
    const sessionId = request.session_id;
    const format = namedFormat(request);
    const trace = this.#options.span?.context;
    if (sessionId !== undefined && resume !== undefined) {
      this.#wantsOpened = true;
      return sessions.resume({ sessionId, ...resume, format, trace }, principal);
    }
    const detached =
      sessionId === undefined ? null : await sessions.resumeDetached(sessionId, principal, { format, trace });
    return detached ?? sessions.open(request, principal, { signal: this.#closed.signal, replaceClosed: true, trace });
  }

  async #sendEvents(session: LiveSession): Promise<void> {
    const shape = new SeedShape(session.sessionId);
    for await (const event of session.events('websocket')) {
      if (this.#isFor(event.type)) await this.#send(shape.message(event, this.#options.clock.wall()));
      if (event.type === 'error') this.#lastError = event.code;
      if (event.type === 'closed') return this.#finish(event.reason);
    }
  }

  #isFor(type: string): boolean {
    if (type === 'partial' || type === 'final' || type === 'error') return true;
    return this.#query.get('events') === 'all' || (type === 'opened' && this.#wantsOpened);
  }

  async #finish(reason: CloseReason): Promise<void> {
    const error = closeError(reason);
    if (error !== null) {
      this.#options.sessions.toldOf(error, 'websocket');
      failRequest(this.#options.span, error);
      if (error.code !== this.#lastError) await this.#send(errorMessage(error, this.#session));
    }
    this.#socket.close(closeCodeForReason(reason), reason);
  }

  /** Says what is wrong and ends the socket; a session that is open stays resumable. */
  async #abandon(error: SttError): Promise<void> {
    const session = this.#session;
    this.#options.sessions.toldOf(error, 'websocket');
    failRequest(this.#options.span, error);
    this.#inbox.clear();
    this.#leave();
    // A client that does not read will not answer the close either: ws cuts the socket after 30 s.
    void this.#send(errorMessage(error, session));
    this.#socket.resume();
    this.#socket.close(closeCodeForError(error.code), error.code);
  }

  #onClose(): void {
    this.#inbox.clear();
    this.#leave();
    this.#options.span?.end();
  }

  #leave(): void {
    this.#stopIdleTimer();
    this.#closed.abort();
    this.#session?.disconnect();
  }

  /** Resolves when the message is on its way, which is how a slow reader is noticed. */
  #send(message: WireMessage): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message), () => resolve());
      else resolve();
    });
  }

  get #id(): { sessionId?: string } {
    return this.#session === null ? {} : { sessionId: this.#session.sessionId };
  }
}

const errorMessage = (error: SttError, session: LiveSession | null = null): WireMessage => ({
  type: 'error',
  code: error.code,
  message: error.message,
  recoverable: error.recoverable,
  ...(session && { session_id: session.sessionId }),
  ...(error.field !== undefined && { field: error.field }),
  ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
});
