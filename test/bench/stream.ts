import { setTimeout as sleep } from 'node:timers/promises';
import { msFromSamples, samplesFromMs } from '@verbatim/contracts';
import { LiveClient } from './live-client.ts';
import type { Heard } from './server-events.ts';

/** What came of one session. */
export interface Streamed {
  readonly heard: readonly Heard[];
  /** When a microphone would have heard the first sample, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** How late each chunk was sent, in milliseconds: the load generator's own delay. */
  readonly lateMs: readonly number[];
}

const UNPACED_CHUNK_MS = 100;

/** Streams audio as fast as the server takes it. */
export async function streamUnpaced(url: string, pcm16: Int16Array, signal: AbortSignal): Promise<Streamed> {
  using client = await LiveClient.open(url, { overflow: 'BLOCK', signal });
  const startedAt = performance.now();
  for (const chunk of chunksOf(pcm16, UNPACED_CHUNK_MS)) await client.send(chunk);
  await client.end();
  return { heard: client.heard, startedAt, lateMs: [] };
}

export interface PacedOptions {
  readonly chunkMs: number;
  readonly overflow: 'BLOCK' | 'DROP_OLDEST';
  readonly signal: AbortSignal;
}

/** Opens a session and streams audio at the pace of a microphone. */
export async function streamPaced(url: string, pcm16: Int16Array, options: PacedOptions): Promise<Streamed> {
  using client = await LiveClient.open(url, options);
  return await paceInto(client, pcm16, performance.now(), options);
}

/**
 * Streams audio into an open session as a microphone that is switched on at `startAt`: each chunk leaves when its last
 * sample would have been heard. The schedule is absolute, so that one late chunk makes no later one late.
 */
export async function paceInto(
  client: LiveClient,
  pcm16: Int16Array,
  startAt: number,
  { chunkMs, signal }: Pick<PacedOptions, 'chunkMs' | 'signal'>,
): Promise<Streamed> {
  const lateMs: number[] = [];
  let sent = 0;
  for (const chunk of chunksOf(pcm16, chunkMs)) {
    sent += chunk.length;
    const due = startAt + msFromSamples(sent);
    const early = due - performance.now();
    if (early > 0) await sleep(Math.ceil(early), undefined, { signal });
    lateMs.push(performance.now() - due);
    // A live source can't wait for its chunks to leave; what becomes of a broken connection, `end` will tell.
    client.send(chunk).catch(() => {});
  }
  await client.end();
  return { heard: client.heard, startedAt: startAt, lateMs };
}

function* chunksOf(pcm16: Int16Array, ms: number): Generator<Int16Array> {
  const step = samplesFromMs(ms);
  for (let at = 0; at < pcm16.length; at += step) yield pcm16.subarray(at, at + step);
}
