import type { AudioFormat, Clock } from '@verbatim/contracts';
import { bytesPerSecond } from './audio-input.ts';

const CHUNK_MS = 100;

/** The same audio in chunks of 100 ms, each given out when its last sample would have been spoken, as a microphone does. */
export async function* paced(
  audio: AsyncIterable<Uint8Array>,
  format: AudioFormat,
  clock: Clock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const perMs = bytesPerSecond(format) / 1000;
  const chunkBytes = Math.max(1, Math.round(perMs * CHUNK_MS));
  const startedAt = clock.now();
  let given = 0;
  for await (const chunk of inChunks(audio, chunkBytes)) {
    given += chunk.length;
    const waitMs = startedAt + given / perMs - clock.now();
    if (waitMs > 0) await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
    yield chunk;
  }
}

async function* inChunks(audio: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let pending: Uint8Array = new Uint8Array(0);
  for await (const chunk of audio) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (; pending.length >= bytes; pending = pending.subarray(bytes)) yield pending.subarray(0, bytes);
  }
  if (pending.length > 0) yield pending;
}
