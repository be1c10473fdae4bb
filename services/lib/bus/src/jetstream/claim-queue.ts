import { JetStreamApiError } from '@nats-io/jetstream';
import { type Msg, TimeoutError } from '@nats-io/transport-node';
import type { TraceContext } from '@verbatim/contracts';
import type { Claim, ClaimQueue } from '../ports.ts';
import type { QueueKind } from '../queue-kind.ts';
import type { SlotPool } from '../slot-pool.ts';
import { ClaimHold, type HeldMessage } from './claim-hold.ts';
import { pullClaim } from './claim-pull.ts';
import { REQUEST_MS } from './connection.ts';
import { parseDelivery } from './delivery.ts';
import { encodeHolderMessage } from './holder-messages.ts';
import { isNoResponders, type NatsLink, pause, roundTrip } from './link.ts';
import { claimSubject, claimSubjectInAnyLane, holderSubject, laneToken, type QueuePlace } from './names.ts';
import { setUpClaimConsumer } from './topology.ts';
import { traceHeaders, traceOf } from './trace-headers.ts';
import type { Wire } from './wire.ts';
import { parseJson, publishAckSchema } from './wire-schemas.ts';

const PROBE_MS = 1_000;
const RETRY_MS = 250;
/** A claim that is just on its way has a holder that can be probed within this time. */
const DELIVERY_MS = 200;
/** After an outage holders come back within this time; who takes claims before them would take theirs. */
const HOLDERS_FIRST_MS = 2_500;
const WRONG_LAST_SEQUENCE = 10_071;
/** No such message, consumer or sequence. */
const NOT_FOUND = [10_037, 10_014, 10_043, 10_057];

/**
 * The claim queue in a JetStream work queue: one message for each session or task, unacknowledged while it is held,
 * and one consumer for each lane.
 */
export class JetStreamClaimQueue<T> implements ClaimQueue<T> {
  readonly #link: NatsLink;
  readonly #kind: QueueKind<T>;
  readonly #place: QueuePlace;
  readonly #consumers = new WeakMap<Wire, Map<string, Promise<void>>>();

  constructor(link: NatsLink, kind: QueueKind<T>, place: QueuePlace) {
    this.#link = link;
    this.#kind = kind;
    this.#place = place;
  }

  async offer(spec: T, trace?: TraceContext): Promise<void> {
    const { noun, idOf, laneOf } = this.#kind;
    const [lane, id] = [laneOf(spec), idOf(spec)];
    const subject = claimSubject(this.#place, lane, id);
    const holder = holderSubject(this.#place, id);
    await this.#link.attempt(`queue the ${noun}`, async (wire) => {
      if (await isHeld(wire, holder)) return;
      const existing = await publishAfter(wire, subject, { spec, trace }, 0);
      if (existing === null) return;
      // It is there, but nobody says to hold it: left as it is if it was never given out, or else offered anew.
      const consumer = await this.#consumerInfo(wire, lane);
      if (consumer.delivered.stream_seq < existing) return;
      await pause(DELIVERY_MS, wire.down);
      if (!(await isHeld(wire, holder))) await publishAfter(wire, subject, { spec, trace }, existing);
    });
  }

  async withdraw(id: string): Promise<void> {
    const { stream } = this.#place;
    const subject = claimSubjectInAnyLane(this.#place, id);
    await this.#link.attempt(`withdraw the ${this.#kind.noun}`, async (wire) => {
      const { streams } = wire.jsm;
      await unlessNotFound(async () => {
        const message = await streams.getMessage(stream, { last_by_subj: subject });
        // Deleting it ends its delivery too; a purge would leave it counted as held until its ack wait is over.
        if (message !== null) await streams.deleteMessage(stream, message.seq, false);
      });
      wire.nc.publish(holderSubject(this.#place, id), encodeHolderMessage({ type: 'withdrawn' }));
    });
  }

  async *take(lane: string, slots: SlotPool, signal: AbortSignal): AsyncGenerator<Claim<T>, void, undefined> {
    const stop = AbortSignal.any([signal, this.#link.closed]);
    while (!stop.aborted) {
      try {
        await slots.acquire(stop);
      } catch (error) {
        if (stop.aborted) return;
        throw error;
      }
      const claim = await this.#nextClaim(lane, stop);
      if (claim === null) {
        slots.release();
        return;
      }
      yield claim;
    }
  }

  async depth(lane: string): Promise<{ readonly queued: number; readonly active: number }> {
    const { num_pending, num_ack_pending } = await this.#link.attempt(`count the ${this.#kind.noun}s`, (wire) =>
      this.#consumerInfo(wire, lane),
    );
    return { queued: num_pending, active: num_ack_pending };
  }

  /** The next claim; null when the taker stopped first. Waits for as long as NATS is away. */
  async #nextClaim(lane: string, stop: AbortSignal): Promise<Claim<T> | null> {
    while (!stop.aborted) {
      const wire = await this.#link.up(stop);
      if (wire === null) return null;
      try {
        await this.#waitForHolders(wire, stop);
        await this.#setUpConsumer(wire, lane);
        const message = await pullClaim(wire, this.#place, lane, stop);
        const claim = message === null ? null : this.#holdOf(message);
        if (claim === null) continue;
        // Whoever probes from now on finds the holder.
        await roundTrip(wire).catch(() => {});
        if (claim.lost.aborted) continue;
        if (!stop.aborted) return claim;
        await claim.release();
      } catch {
        // The consumer or the connection is gone, or NATS is slow: set up again what is missing and ask again.
        this.#consumers.get(wire)?.delete(lane);
        await pause(RETRY_MS, stop);
      }
    }
    return null;
  }

  async #waitForHolders(wire: Wire, stop: AbortSignal): Promise<void> {
    const { backSince, settings } = this.#link;
    if (backSince === null) return;
    const left = backSince + Math.min(HOLDERS_FIRST_MS, settings.ackWaitMs / 2) - settings.clock.now();
    if (left > 0) await pause(left, AbortSignal.any([stop, wire.down]));
  }

  /** A claim from its message; null if it says nothing that a holder could use, and then it is gone for good. */
  #holdOf(message: Msg): ClaimHold<T> | null {
    const delivery = parseDelivery(message.reply);
    const spec = parseJson(this.#kind.schema, message.data);
    if (delivery === null || message.reply === undefined || spec === null) {
      message.respond('+TERM');
      return null;
    }
    const { noun, idOf } = this.#kind;
    const held: HeldMessage<T> = {
      spec,
      trace: traceOf(message),
      title: `${noun} ${idOf(spec)}`,
      holderSubject: holderSubject(this.#place, idOf(spec)),
      ackSubject: message.reply,
      rank: { storedNs: String(delivery.storedNs), deliveries: delivery.deliveries },
      isThere: (wire) => isThere(wire, this.#place.stream, delivery.streamSequence),
    };
    return new ClaimHold(this.#link, held);
  }

  async #consumerInfo(wire: Wire, lane: string) {
    await this.#setUpConsumer(wire, lane);
    try {
      return await wire.jsm.consumers.info(this.#place.stream, laneToken(lane));
    } catch (error) {
      this.#consumers.get(wire)?.delete(lane);
      throw error;
    }
  }

  /** Once for each connection and lane. */
  #setUpConsumer(wire: Wire, lane: string): Promise<void> {
    const known = this.#consumers.get(wire) ?? new Map<string, Promise<void>>();
    this.#consumers.set(wire, known);
    const running = known.get(lane) ?? setUpClaimConsumer(wire.jsm, this.#place, lane, this.#link.settings);
    known.set(lane, running);
    running.catch(() => known.delete(lane));
    return running;
  }
}

/** True if a process answers that it holds the claim; one that is frozen does not answer, but may hold it. */
const isHeld = async (wire: Wire, holder: string): Promise<boolean> => {
  try {
    await wire.nc.request(holder, encodeHolderMessage({ type: 'probe' }), { timeout: PROBE_MS });
    return true;
  } catch (error) {
    if (isNoResponders(error)) return false;
    // Somebody listens and does not answer in time: it loses the claim by itself if it stays like that.
    if (error instanceof TimeoutError) return true;
    throw error;
  }
};

/** Queues `spec` after the message of that sequence; the sequence of another message that is there instead, or null. */
const publishAfter = async (
  wire: Wire,
  subject: string,
  { spec, trace }: { readonly spec: unknown; readonly trace: TraceContext | undefined },
  expectedLast: number,
): Promise<number | null> => {
  const expected = traceHeaders(trace);
  expected.set('Nats-Expected-Last-Subject-Sequence', String(expectedLast));
  const data = JSON.stringify(spec);
  const reply = await wire.nc.request(subject, data, { headers: expected, timeout: REQUEST_MS });
  const ack = parseJson(publishAckSchema, reply.data);
  if (ack?.error?.err_code === WRONG_LAST_SEQUENCE) {
    const there = /\d+$/.exec(ack.error.description)?.[0];
    if (there !== undefined) return Number(there);
  }
  if (ack?.error !== undefined) throw new Error(`nats-server did not queue: ${ack.error.description}`);
  return null;
};

const isThere = async (wire: Wire, stream: string, sequence: number): Promise<boolean> => {
  let there = false;
  await unlessNotFound(async () => {
    there = (await wire.jsm.streams.getMessage(stream, { seq: sequence })) !== null;
  });
  return there;
};

const unlessNotFound = async (act: () => Promise<void>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof JetStreamApiError && NOT_FOUND.includes(error.code))) throw error;
  }
};
