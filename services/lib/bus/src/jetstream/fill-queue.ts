import type { Msg } from '@nats-io/transport-node';
import type { SupersedingQueue } from '../superseding-queue.ts';
import type { NatsLink } from './link.ts';

/**
 * Subscribes for a queue that `onMessage` fills, until `signal` aborts or the link is closed; what is unread is dropped
 * then. Resolves with the queue when the server knows of the subscription; rejects with `unavailable`.
 */
export const fillQueue = async <T>(
  link: NatsLink,
  subject: string,
  onMessage: (message: Msg) => void,
  queue: SupersedingQueue<T>,
  signal: AbortSignal,
): Promise<AsyncIterable<T>> => {
  const ends = [signal, link.closed];
  if (ends.some(({ aborted }) => aborted)) {
    queue.end();
    return queue;
  }
  const subscription = link.subscribe(subject, onMessage);
  const stop = () => {
    subscription.stop();
    queue.discard();
    for (const end of ends) end.removeEventListener('abort', stop);
  };
  for (const end of ends) end.addEventListener('abort', stop, { once: true });
  try {
    await subscription.established();
  } catch (error) {
    stop();
    throw error;
  }
  return queue;
};
