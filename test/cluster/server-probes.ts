import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const RETRY_MS = 50;
const ANSWER_MS = 2_000;

/** What a server answers first: to `say` or, without it, to the connection. Null if nobody answers. */
const ask = (port: number, say?: string): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: string | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, () => end(null));
    socket.once('connect', () => say !== undefined && socket.write(say));
    socket.once('data', (data) => end(String(data)));
    socket.once('error', () => end(null));
    socket.once('close', () => resolve(null));
  });

async function until(isReady: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isReady())) await pause(RETRY_MS, undefined, { signal });
}

/** Resolves when a nats-server greets: it does so after JetStream is up. */
export const untilNatsGreets = (port: number, signal: AbortSignal): Promise<void> =>
  until(async () => (await ask(port))?.startsWith('INFO ') ?? false, signal);

/** Resolves when Redis answers PING: while it loads its data it answers with an error. */
export const untilRedisAnswers = (port: number, signal: AbortSignal): Promise<void> =>
  until(async () => (await ask(port, 'PING\r\n'))?.startsWith('+PONG') ?? false, signal);
