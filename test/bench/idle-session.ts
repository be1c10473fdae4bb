import { setTimeout as sleep } from 'node:timers/promises';
import { msFromSamples, samplesFromMs } from '@verbatim/contracts';
import type { LiveClient } from './live-client.ts';
import type { Silence } from './options.ts';
import { finalText, heardOf } from './server-events.ts';
import type { Track } from './track.ts';

/** What a mostly silent session does, in milliseconds of `performance.now()`. */
export interface IdlePlan {
  readonly track: Track;
  readonly speakAt: number;
  readonly endAt: number;
  readonly silence: Silence;
  /** A chunk of what a microphone hears when nobody speaks. */
  readonly quiet: Int16Array;
}

export interface IdleOutcome {
  readonly text: string;
  /** Speech end to the last final; null without one. */
  readonly finalMs: number | null;
  /** How late chunks and keep-alives were sent. */
  readonly lateMs: readonly number[];
}

const CHUNK_MS = 100;
/** Well under the time after which a server ends a session without a sign of life. */
const KEEP_ALIVE_MS = 15_000;

/** Says its one clip at its moment; before and after it sends silence or, in a pause, only signs of life. */
export async function runIdleSession(client: LiveClient, plan: IdlePlan, signal: AbortSignal): Promise<IdleOutcome> {
  const lateMs: number[] = [];
  const at = async (due: number, send: () => void) => {
    await sleep(Math.max(0, Math.ceil(due - performance.now())), undefined, { signal });
    lateMs.push(performance.now() - due);
    send();
  };
  // A live source can't wait for its chunks to leave; what becomes of a broken connection, `end` will tell.
  const chunk = (pcm16: Int16Array) => () => void client.send(pcm16).catch(() => {});
  const keepSilent = async (from: number, to: number) => {
    const everyMs = plan.silence === 'stream' ? CHUNK_MS : KEEP_ALIVE_MS;
    const send = plan.silence === 'stream' ? chunk(plan.quiet) : () => client.keepAlive();
    for (let due = from + everyMs; due <= to; due += everyMs) await at(due, send);
  };
  const { pcm16, items } = plan.track;
  const spokenAt = plan.speakAt + msFromSamples(pcm16.length);
  await keepSilent(performance.now(), plan.speakAt);
  const step = samplesFromMs(CHUNK_MS);
  for (let from = 0; from < pcm16.length; from += step) {
    await at(plan.speakAt + msFromSamples(from + step), chunk(pcm16.subarray(from, from + step)));
  }
  await keepSilent(spokenAt, plan.endAt);
  await client.end();
  const last = heardOf(client.heard, 'final').at(-1)?.at;
  const speechEndAt = plan.speakAt + msFromSamples(items[0]!.speechEnd);
  return { text: finalText(client.heard), finalMs: last === undefined ? null : last - speechEndAt, lateMs };
}
