import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { type CloseReason, type Samples, SttError } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import { beginRequest, failRequest } from '../request-span.ts';
import { closeError } from '../session/close-error.ts';
import type { LiveSession } from '../session/live-session.ts';
import type { LiveSessions, OpenOptions } from '../session/live-sessions.ts';
import type { Principal } from '../session/options.ts';
import { wishFromConfig } from './config.ts';
import { toResponse } from './events.ts';
import type { StreamingRecognizeRequest__Output as Request } from './generated/verbatim/stt/v1/StreamingRecognizeRequest.ts';
import type { StreamingRecognizeResponse as Response } from './generated/verbatim/stt/v1/StreamingRecognizeResponse.ts';
import { isRealHalfClose } from './half-close.ts';
import { RequestReader } from './request-reader.ts';
import { toGrpcStatus } from './status.ts';

export type RecognizeCall = ServerDuplexStream<Request, Response>;

const REQUESTS = 'config, audio, finalize, end_of_audio or keep_alive';

/**
 * One StreamingRecognize call from its first message to its status. The call is read no faster than the session takes
 * audio, and written no faster than the client reads: HTTP/2 flow control does the rest.
 */
export const serveRecognizeCall = async (
  call: RecognizeCall,
  sessions: LiveSessions,
  principal: Principal,
  log: Logger,
): Promise<void> => {
  const cancelled = new AbortController();
  // grpc-js also emits this after a normal end, when there is nothing left to abort.
  call.once('cancelled', () => cancelled.abort());
  let session: LiveSession | null = null;
  const span = beginRequest(sessions.tracing, METHOD, headersOf(call), RPC);
  try {
    const requests = new RequestReader<Request>(call);
    const opened = await openSession(requests, sessions, principal, { signal: cancelled.signal, trace: span?.context });
    session = opened;
    span?.set({ 'verbatim.session.id': opened.sessionId });
    cancelled.signal.addEventListener('abort', () => opened.disconnect());
    if (call.cancelled) throw new SttError('unavailable', 'The call was cancelled.');
    const reason = await Promise.race([
      sendEvents(call, session, cancelled.signal),
      takeRequests(requests, session, cancelled.signal).then(() => new Promise<never>(() => {})),
    ]);
    const error = closeError(reason);
    if (error !== null) throw error;
    call.end();
    span?.set({ [STATUS_CODE]: status.OK });
  } catch (thrown) {
    session?.disconnect();
    const error = SttError.from(thrown);
    if (error.code === 'internal') log.error({ err: thrown, sessionId: session?.sessionId }, 'A call failed.');
    if (call.cancelled) {
      span?.set({ [STATUS_CODE]: status.CANCELLED });
    } else {
      const answer = toGrpcStatus(thrown);
      sessions.toldOf(error, 'grpc');
      failRequest(span, error);
      span?.set({ [STATUS_CODE]: answer.code });
      // The handler that grpc-js puts on this event turns it into the call's status.
      call.emit('error', answer);
    }
  } finally {
    span?.end();
  }
};

const SERVICE = 'verbatim.stt.v1.SpeechService';
const METHOD = `${SERVICE}/StreamingRecognize`;
const RPC = { 'rpc.system': 'grpc', 'rpc.service': SERVICE, 'rpc.method': 'StreamingRecognize' };

const STATUS_CODE = 'rpc.grpc.status_code';

const headersOf =
  (call: RecognizeCall) =>
  (name: string): string | undefined =>
    call.metadata.get(name)[0]?.toString();

const openSession = async (
  requests: RequestReader<Request>,
  sessions: LiveSessions,
  principal: Principal,
  options: Pick<OpenOptions, 'signal' | 'trace'>,
): Promise<LiveSession> => {
  const first = await requests.next();
  if (first === null) {
    throw new SttError('failed_precondition', 'The stream ended before its first message, which must be a config.');
  }
  const { config, request } = first;
  if (!config) {
    throw request === undefined
      ? emptyRequest()
      : new SttError('failed_precondition', 'The first message of a stream must be a config.', { field: 'config' });
  }
  const wish = wishFromConfig(config);
  return wish.type === 'open'
    ? sessions.open(wish.request, principal, options)
    : sessions.resume({ ...wish.request, trace: options.trace }, principal);
};

/** Hands requests to the session until the client half-closes; rejects on a mistake that ends the call. */
const takeRequests = async (
  requests: RequestReader<Request>,
  session: LiveSession,
  cancelled: AbortSignal,
): Promise<void> => {
  for (let request = await requests.next(); request !== null; request = await requests.next()) {
    try {
      await takeRequest(request, session);
    } catch (thrown) {
      const error = SttError.from(thrown);
      // A chunk that is too large is lost, and with it the place of all that follows: that ends the call.
      if (!error.recoverable || error.code === 'too_large') throw thrown;
      session.report(error);
    }
  }
  // Clients that said end_of_audio do not wait.
  if (session.state === 'attached' && (await isRealHalfClose(cancelled))) session.end();
};

const takeRequest = async (request: Request, session: LiveSession): Promise<void> => {
  switch (request.request) {
    case 'audio':
      return session.write(request.audio!.data, sampleOf(request.audio!.firstSample));
    case 'finalize':
      session.finalize(request.finalize!.requestId);
      return;
    case 'endOfAudio':
      return session.end();
    case 'keepAlive':
      return session.keepAlive();
    case 'config':
      throw new SttError('invalid_argument', 'Only the first message of a stream may be a config.', {
        field: 'config',
      });
    case undefined:
      throw emptyRequest();
  }
};

const emptyRequest = (): SttError =>
  new SttError('invalid_argument', `A request must hold one of ${REQUESTS}.`, { field: 'request' });

const sampleOf = (text: string | undefined): Samples | undefined => (text === undefined ? undefined : Number(text));

/** Sends every event; returns why the session closed. */
const sendEvents = async (call: RecognizeCall, session: LiveSession, cancelled: AbortSignal): Promise<CloseReason> => {
  for await (const event of session.events('grpc')) {
    if (!call.write(toResponse(event))) await drained(call, session.lost, cancelled);
    if (event.type === 'closed') return event.reason;
  }
  throw new SttError('unavailable', 'The call was cancelled.');
};

/** Waits until the client has read on, or the call or its session is lost. */
const drained = (call: RecognizeCall, ...signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    if (signals.some((signal) => signal.aborted)) done();
  });
