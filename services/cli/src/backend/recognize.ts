import { type ClientEvent, type CloseReason, type ErrorCode, SttError } from '@verbatim/contracts';
import type { Recognition } from './backend.ts';

/**
 * Sends `audio` through a session and gives its events as they come, up to `closed`.
 * @throws the audio's error; an SttError where the session did not end well; the signal's reason when it aborts.
 */
export async function* recognize(
  recognition: Recognition,
  audio: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ClientEvent, void, undefined> {
  const over = new AbortController();
  const failed = rejection(feed(recognition, audio, over.signal), signal);
  const events = recognition.events()[Symbol.asyncIterator]();
  let closed = false;
  try {
    while (!closed) {
      const { done, value: event } = await Promise.race([events.next(), failed]);
      if (done === true) throw new SttError('unavailable', 'The session ended without saying so.');
      if (event.type === 'error' && !event.recoverable) throw new SttError(event.code, event.message);
      closed = event.type === 'closed';
      yield event;
      if (event.type === 'closed') checkReason(event.reason);
    }
  } finally {
    over.abort();
    if (!closed) await recognition.abandon();
  }
}

async function feed(recognition: Recognition, audio: AsyncIterable<Uint8Array>, over: AbortSignal): Promise<void> {
  for await (const bytes of audio) {
    if (over.aborted) return;
    await recognition.write(bytes);
  }
  if (!over.aborted) recognition.end();
}

/** Never resolves: rejects with the work's error or the signal's reason, and needs no one to hear it. */
const rejection = (work: Promise<void>, signal: AbortSignal): Promise<never> => {
  const failed = new Promise<never>((_, reject) => {
    work.catch(reject);
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  failed.catch(() => {});
  return failed;
};

const CLOSED_EARLY: Readonly<Record<Exclude<CloseReason, 'end_of_audio'>, readonly [ErrorCode, string]>> = {
  resume_window_expired: ['unavailable', 'The connection was away for too long, so the session was ended.'],
  idle: ['idle_timeout', 'No audio came for too long, so the session was ended.'],
  limit: ['limit_exceeded', 'The session reached the longest duration that the server allows.'],
  erased: ['session_not_found', 'The session was erased while it ran.'],
  failed: ['internal', 'The server failed to go on with the session.'],
  server_shutdown: ['unavailable', 'The server was shut down before the end of the audio.'],
};

const checkReason = (reason: CloseReason): void => {
  if (reason !== 'end_of_audio') throw new SttError(...CLOSED_EARLY[reason]);
};
