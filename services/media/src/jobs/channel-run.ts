import type { Bus } from '@verbatim/bus';
import { type Clock, SAMPLE_RATE, type Samples, type SessionSpec, SttError } from '@verbatim/contracts';
import type { SessionStore } from '@verbatim/sessions';
import { type SessionEnd, SessionWatch } from './session-watch.ts';

/**
 * Audio in the log that is not yet text, in seconds: a new owner reads it again, so it is less than the log's ring, and more
 * than the longest utterance, so that several are decoded at once.
 */
const WINDOW: Samples = 43 * SAMPLE_RATE;
/** A new feeder begins this much before the text ends: where a new owner of the session may begin to read (0.4 s), and more. */
const REWIND: Samples = SAMPLE_RATE;
/** What is lost on the way of a job's audio is not lost: the channel begins anew, this often at most. */
const MAX_STARTS = 3;

export interface ChannelRunOptions {
  readonly spec: SessionSpec;
  /** The channel's audio from its start, 16 kHz mono; the same each time. Ends with the signal's reason when it aborts. */
  readonly audio: (signal: AbortSignal) => AsyncIterable<Int16Array>;
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly clock: Clock;
  /** Is told how far the text reaches, each time that it may have grown. */
  readonly onProgress: (committed: Samples) => void;
  readonly signal: AbortSignal;
}

/**
 * Has one channel of a file transcribed by a session, from where an earlier run left it. The session is fed no faster
 * than its text grows.
 * @returns the channel's length.
 * @throws the signal's reason; SttError of the audio's; `unavailable` when a server is away; `session_not_found` when the
 *   session was erased; `internal` when the audio can't be transcribed.
 */
export async function runChannel(options: ChannelRunOptions): Promise<Samples> {
  for (let start = 1; ; start++) {
    const { end, length } = await runOnce(options);
    if (end.reason === 'end_of_audio' && !end.incomplete) return length;
    if (end.reason === 'failed' || start === MAX_STARTS) {
      throw new SttError('internal', 'The audio could not be transcribed: no transcriber got through it.');
    }
    await forget(options);
  }
}

async function runOnce(options: ChannelRunOptions): Promise<{ readonly end: SessionEnd; readonly length: Samples }> {
  const { spec, store, audio, signal } = options;
  const record = (await store.get(spec.sessionId)) ?? (await open(spec, store));
  if (record !== null && record.status === 'closed') {
    const end = { reason: record.closeReason ?? 'failed', incomplete: false };
    // The session has closed with a run before this one, which knew the length.
    return { end, length: end.reason === 'end_of_audio' ? await lengthOf(audio(signal)) : 0 };
  }
  const watch = await SessionWatch.start(options, record?.cursor ?? 0);
  const stop = new AbortController();
  const fed = feed(watch, { ...options, signal: AbortSignal.any([signal, stop.signal]) });
  try {
    // The failure of either is the channel's; an end that comes while audio is left over ends the feeding.
    const end = await Promise.race([watch.ended, fed.then(() => watch.ended)]);
    return { end, length: end.reason === 'end_of_audio' ? await fed : 0 };
  } finally {
    stop.abort();
    watch.stop();
    await fed.catch(() => {});
    options.bus.audio.release(spec.sessionId);
  }
}

/** Null for a session that is new. */
async function open(spec: SessionSpec, store: SessionStore): Promise<null> {
  // Nobody resumes it: no token has this hash.
  await store.open(spec, 'none');
  return null;
}

async function feed(watch: SessionWatch, { spec, audio, bus, signal }: ChannelRunOptions): Promise<Samples> {
  await watch.until(() => true, signal);
  const from = Math.max(0, watch.committed - REWIND);
  let at: Samples = 0;
  for await (const block of audio(signal)) {
    const fresh = block.subarray(Math.max(0, Math.min(block.length, from - at)));
    at += block.length;
    if (fresh.length === 0) continue;
    await watch.until(() => at - watch.committed <= WINDOW, signal);
    await bus.audio.append(spec.sessionId, at - fresh.length, fresh);
  }
  await bus.audio.mark(spec.sessionId, { type: 'end', reason: 'end_of_audio' });
  return at;
}

async function lengthOf(audio: AsyncIterable<Int16Array>): Promise<Samples> {
  let length = 0;
  for await (const block of audio) length += block.length;
  return length;
}

async function forget({ spec, bus, store }: ChannelRunOptions): Promise<void> {
  await bus.claims.withdraw(spec.sessionId);
  await Promise.all([bus.audio.erase(spec.sessionId), store.erase(spec.sessionId)]);
}
