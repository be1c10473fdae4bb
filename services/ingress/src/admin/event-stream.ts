import { Readable } from 'node:stream';
import type { Clock } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { FastifyReply } from 'fastify';
import { merged } from './merged.ts';

/** Proxies cut a stream of which nothing comes for a minute. */
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is cut, as what it does not read is kept for it. */
const STALLED_MS = 30_000;

export interface EventStreamOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** What is sent, as JSON; ends soon after `signal` aborts, which it does when nobody reads any more. */
  readonly messages: (signal: AbortSignal) => AsyncGenerator<object, void>;
}

/**
 * Answers with server-sent events until there are no more messages, the reader leaves or stalls, or the server closes. Only
 * what the reader takes is asked for.
 */
export const sendEventStream = (reply: FastifyReply, { clock, log, messages }: EventStreamOptions): FastifyReply => {
  const over = new AbortController();
  const { signal } = over;
  // Not the end of the stream of lines: that comes only when all of its sources have something to say.
  reply.raw.once('close', () => over.abort());
  const lines = merged([heartbeat(clock, signal), dataLines(messages(signal), over)]);
  const patient = Readable.from(takenInTime(lines, clock, () => reply.raw.destroy()));
  patient.once('error', (error) => {
    if (!signal.aborted) log.warn({ err: error }, 'A stream of events broke off.');
    over.abort();
  });
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(patient);
};

/** `over` aborts behind the last message, so that the heartbeat ends as well. */
async function* dataLines(messages: AsyncGenerator<object, void>, over: AbortController): AsyncGenerator<string, void> {
  for await (const message of messages) yield `data: ${JSON.stringify(message)}\n\n`;
  over.abort();
}

/** Comments, the first at once. */
async function* heartbeat(clock: Clock, signal: AbortSignal): AsyncGenerator<string, void> {
  while (!signal.aborted) {
    yield ':\n\n';
    await pause(clock, HEARTBEAT_MS, signal);
  }
}

async function* takenInTime(
  lines: AsyncGenerator<string, void>,
  clock: Clock,
  onStalled: () => void,
): AsyncGenerator<string, void> {
  for await (const line of lines) {
    const cancel = clock.after(STALLED_MS, onStalled);
    try {
      yield line;
    } finally {
      cancel();
    }
  }
}

/** Until the time is over or `signal` aborts. */
const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
