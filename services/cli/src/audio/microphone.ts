import { spawn } from 'node:child_process';
import { CliError } from '../cli-error.ts';
import type { Recorder } from './recorder.ts';

/** Of what a recorder complains, the end is kept: its last line says what is wrong. */
const KEPT_COMPLAINT = 4_096;

/**
 * Records until `stop` aborts, which ends the audio without an error.
 * @throws CliError when the recorder ends by itself.
 */
export async function* recordMicrophone(
  { command, args }: Recorder,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const recorder = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  recorder.stderr.on('data', (text: Buffer) => {
    complaint = `${complaint}${text}`.slice(-KEPT_COMPLAINT);
  });
  const ended = new Promise<string>((resolve) => {
    recorder.once('error', (error) => resolve(error.message));
    recorder.once('close', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const end = () => void recorder.kill('SIGTERM');
  stop.addEventListener('abort', end, { once: true });
  try {
    yield* recorder.stdout;
    const outcome = await ended;
    // A Ctrl-C reaches the recorder as well, and it may be gone before we hear of it.
    await new Promise((resolve) => setImmediate(resolve));
    if (stop.aborted) return;
    const reason = complaint.trim().split('\n').at(-1) || outcome;
    throw new CliError(`The microphone can't be read through ${command}: ${reason}`);
  } finally {
    stop.removeEventListener('abort', end);
    end();
  }
}
