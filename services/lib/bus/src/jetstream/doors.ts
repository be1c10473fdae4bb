import { type Msg, TimeoutError } from '@nats-io/transport-node';
import type { DoorCall, DoorReply, Doors } from '../ports.ts';
import { isNoResponders, type NatsLink } from './link.ts';
import { doorSubject } from './names.ts';
import { doorCallSchema, doorReplySchema, parseJson } from './wire-schemas.ts';

const CALL_MS = 1_000;

type Answer = (call: DoorCall) => Promise<DoorReply | null>;

/** The doors of all processes: a request over core NATS, answered by whoever serves the session. */
export class JetStreamDoors implements Doors {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  async serve(sessionId: string, answer: Answer, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const subscription = this.#link.subscribe(doorSubject(sessionId), (message) => void reply(message, answer));
    signal.addEventListener('abort', subscription.stop, { once: true });
    try {
      await subscription.established();
    } catch (error) {
      subscription.stop();
      signal.removeEventListener('abort', subscription.stop);
      throw error;
    }
  }

  async call(sessionId: string, call: DoorCall): Promise<DoorReply | null> {
    const subject = doorSubject(sessionId);
    return await this.#link.attempt('reach the session', async (wire) => {
      try {
        const { data } = await wire.nc.request(subject, JSON.stringify(call), { timeout: CALL_MS });
        // What says nothing to this version is no reply.
        return parseJson(doorReplySchema, data) ?? { type: 'silent' };
      } catch (error) {
        if (isNoResponders(error)) return null;
        if (error instanceof TimeoutError) return { type: 'silent' };
        throw error;
      }
    });
  }
}

/** A door whose answer fails says nothing, as one whose process died; the others may still answer. */
const reply = async (message: Msg, answer: Answer): Promise<void> => {
  const call = parseJson(doorCallSchema, message.data);
  if (call === null) return;
  try {
    const said = await answer(call);
    if (said !== null) message.respond(JSON.stringify(said));
  } catch {
    // The caller hears nothing from this door.
  }
};
