import { setTimeout as sleep } from 'node:timers/promises';
import type { Track } from '../bench/track.ts';
import type { IngressAddress } from './connection.ts';
import { connectGrpc } from './grpc-connection.ts';
import { runSession, type SessionResult } from './resuming-client.ts';
import { connectWebSocket } from './ws-connection.ts';

/** One session, on which track and through which door. */
export interface SessionRun extends SessionResult {
  readonly index: number;
  /** Of the tracks. */
  readonly track: number;
  readonly door: 'grpc' | 'websocket';
}

export interface RunsOptions {
  readonly tracks: readonly Track[];
  readonly ingresses: readonly IngressAddress[];
  readonly concurrency: number;
  /** Whether one more session is to begin, by how many have. */
  readonly more: (begun: number) => boolean;
  readonly onBegin: () => void;
  readonly onEnd: (run: SessionRun) => void;
  readonly signal: AbortSignal;
}

/** Starts are this far apart, so that sessions are at different places of their tracks. */
const START_GAP_MS = 400;

/** Keeps as many sessions going as wanted, until no more are; resolves when all have ended. */
export async function runSessions(options: RunsOptions): Promise<SessionRun[]> {
  const { concurrency, more, onBegin, onEnd, signal } = options;
  const runs: SessionRun[] = [];
  const running = new Set<Promise<void>>();
  const run = async (index: number) => {
    onBegin();
    const done = await runOne(index, options);
    runs.push(done);
    onEnd(done);
  };
  for (let index = 0; more(index); index++) {
    const one: Promise<void> = run(index).finally(() => running.delete(one));
    running.add(one);
    await sleep(START_GAP_MS, undefined, { signal });
    while (running.size >= concurrency) await Promise.race(running);
  }
  await Promise.all(running);
  return runs;
}

/** Each track meets both doors and, whatever the door, every ingress. */
async function runOne(index: number, { tracks, ingresses, signal }: RunsOptions): Promise<SessionRun> {
  const turn = Math.floor(index / tracks.length);
  const track = index % tracks.length;
  const door = (index + turn) % 2 === 0 ? 'grpc' : 'websocket';
  const connect = door === 'grpc' ? connectGrpc : connectWebSocket;
  const first = Math.floor(index / 2) % ingresses.length;
  const result = await runSession({ connect, ingresses, first, pcm16: tracks[track]!.pcm16, signal });
  return { ...result, index, track, door };
}
