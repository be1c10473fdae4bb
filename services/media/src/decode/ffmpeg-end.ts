import { SttError } from '@verbatim/contracts';
import { undecodable } from './file-errors.ts';
import type { ChildEnd } from './limited-child.ts';

/** The shell's own: what it was to run is not there, or can't be loaded. */
const NOT_RUN = new Set([126, 127]);
/** ffmpeg's own, for a signal that it heard. */
const TOLD_TO_END = 255;
/** That are busy at once: one decodes; since version 7 others read and write for it. */
const THREADS = 2;
/** Signals of others, who want the machine for something else. Any other signal is ffmpeg's crash. */
const FROM_OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/**
 * What the way in which ffmpeg ended says of the file, or of the machine; null where its output is all that counts.
 * @param reason what ffmpeg said, in half a sentence
 * @returns `undecodable_audio` where another try would end in the same way, else `unavailable`.
 */
export function failureOf(end: ChildEnd, reason: string | null, cpuSeconds: number): SttError | null {
  const because = reason === null ? '' : `: ${reason}`;
  if (end.type === 'never_began') return unavailable(`ffmpeg could not be started${because}.`);
  if (end.type === 'exit') {
    if (NOT_RUN.has(end.code)) return unavailable(`ffmpeg does not run here within its limits${because}.`);
    return end.code === TOLD_TO_END ? unavailable('ffmpeg was told to end.') : null;
  }
  // The kernel kills who is over its processor time. Who can't have used so much was killed by another.
  const used = (end.lifeMs / 1_000) * THREADS;
  const tookTooLong = end.signal === 'SIGXCPU' || (end.signal === 'SIGKILL' && used >= cpuSeconds);
  if (tookTooLong) return undecodable(`decoding it takes more than ${cpuSeconds} s of a processor`);
  if (FROM_OUTSIDE.has(end.signal)) return unavailable(`ffmpeg was ended from outside (${end.signal}).`);
  return undecodable(`ffmpeg crashes on it (${end.signal})`);
}

const unavailable = (message: string): SttError => new SttError('unavailable', message);
