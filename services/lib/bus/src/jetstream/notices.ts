import type { Notices } from '../ports.ts';
import { SupersedingQueue } from '../superseding-queue.ts';
import { fillQueue } from './fill-queue.ts';
import type { NatsLink } from './link.ts';
import { noticeSubject } from './names.ts';

/** Notices over core NATS: one that is told while NATS is away is dropped, so whoever listens is told once it is back. */
export class JetStreamNotices implements Notices {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async tell(id: string): Promise<void> {
    this.#link.publish(noticeSubject(id), '');
  }

  async listen(id: string, signal: AbortSignal): Promise<AsyncIterable<void>> {
    const queue = new SupersedingQueue<void>(() => true);
    const notify = () => queue.push();
    const listening = await fillQueue(this.#link, noticeSubject(id), notify, queue, signal);
    const stopUp = this.#link.onUp(notify);
    signal.addEventListener('abort', stopUp, { once: true });
    if (signal.aborted) stopUp();
    return listening;
  }
}
