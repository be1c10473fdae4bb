import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is left of a refused request is read for this long, so that its client gets to read the answer. */
const LINGER_MS = 1_000;

/**
 * To be called before a request is refused: most clients read no answer while they send. Whoever is not done after a moment,
 * or hangs, loses the connection behind the answer.
 */
export const skipUnreadBody = async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<void> => {
  if (raw.complete) return;
  await linger(raw);
  if (!raw.complete) reply.header('connection', 'close');
};

const linger = (raw: Readable): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    for (const event of ['end', 'close', 'error']) raw.once(event, done);
    raw.unpipe();
    raw.resume();
  });
