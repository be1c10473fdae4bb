import { createInbox, type Msg } from '@nats-io/transport-node';
import { parseDelivery } from './delivery.ts';
import { laneToken, type QueuePlace } from './names.ts';
import type { Wire } from './wire.ts';

/**
 * A request waits this long on the server; one each is all that an idle taker costs. Not longer: the server also
 * gives claims to a waiting process whose network has just gone.
 */
const EXPIRES_MS = 2_000;
const GRACE_MS = 2_000;

/**
 * Asks for one claim and waits for it; null when there was none for a while or `stop` aborted. A claim that comes when
 * nobody wants it any more goes back at once. Rejects if the consumer or the connection is gone.
 */
export const pullClaim = (wire: Wire, { stream }: QueuePlace, lane: string, stop: AbortSignal): Promise<Msg | null> =>
  new Promise((resolve, reject) => {
    if (stop.aborted) {
      resolve(null);
      return;
    }
    const inbox = createInbox();
    let isWaiting = true;
    const subscription = wire.nc.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) fail(error.message);
        else if (parseDelivery(message.reply) === null) takeStatus(message.headers?.code ?? 0);
        else if (isWaiting) end(() => resolve(message));
        else message.respond('-NAK');
      },
    });
    const takeStatus = (code: number) => {
      if (code === 404 || code === 408) end(() => resolve(null));
      else if (code !== 100) fail(`The claims' consumer answered with status ${code}.`);
    };
    const end = (settle: () => void) => {
      if (!isWaiting) return;
      isWaiting = false;
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      wire.down.removeEventListener('abort', onDown);
      // Listens until the server has seen that this request is over: what it sent before is given back above.
      if (!wire.down.aborted) subscription.drain().catch(() => {});
      settle();
    };
    const fail = (reason: string) => end(() => reject(new Error(reason)));
    const onStop = () => end(() => resolve(null));
    const onDown = () => fail('The connection is gone.');
    const timer = setTimeout(() => fail('The server forgot a request.'), EXPIRES_MS + GRACE_MS);
    stop.addEventListener('abort', onStop, { once: true });
    wire.down.addEventListener('abort', onDown, { once: true });
    const request = JSON.stringify({ batch: 1, expires: EXPIRES_MS * 1_000_000 });
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${laneToken(lane)}`;
    wire.nc.publish(subject, request, { reply: inbox });
  });
