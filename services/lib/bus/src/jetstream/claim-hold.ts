import { randomBytes } from 'node:crypto';
import type { Msg } from '@nats-io/transport-node';
import type { TraceContext } from '@verbatim/contracts';
import type { Claim } from '../ports.ts';
import { type ClaimRank, compareRanks, encodeHolderMessage, holderMessageSchema } from './holder-messages.ts';
import { isNoResponders, type NatsLink, pause, roundTrip, type StandingSubscription } from './link.ts';
import type { Wire } from './wire.ts';
import { parseJson } from './wire-schemas.ts';

/** A timer that comes this late says that the process itself stood still. */
const STOOD_STILL_MS = 500;
/** How long a server that confirms nothing is believed to be away before it is asked again. */
const RECHECK_MS = 1_000;
const WAKE_MS = 500;

/** A delivered claim message: where to acknowledge it and what is known of it. */
export interface HeldMessage<T> {
  readonly spec: T;
  readonly trace: TraceContext | undefined;
  /** What it is, for people: "session s-1". */
  readonly title: string;
  readonly holderSubject: string;
  readonly ackSubject: string;
  readonly rank: ClaimRank;
  /** True if the offer is in the queue still; asked when nobody takes an acknowledgement. */
  readonly isThere: (wire: Wire) => Promise<boolean>;
}

/**
 * One claim while a process holds it. It is lost when heartbeats go unconfirmed for the ack wait, unless NATS itself is
 * away: then nobody else can get it, and it is heartbeated again as soon as NATS is back. Should somebody have got it
 * nevertheless, because only this process was cut off, the holder of the later delivery keeps it.
 */
export class ClaimHold<T> implements Claim<T> {
  readonly spec: T;
  readonly trace: TraceContext | undefined;
  readonly #link: NatsLink;
  readonly #message: HeldMessage<T>;
  readonly #lost = new AbortController();
  readonly #name = randomBytes(6).toString('base64url');
  readonly #holder: StandingSubscription;
  readonly #stopListening: () => void;
  #ended = false;
  #deadline: number;
  /** NATS is away or says nothing: not being confirmed means nothing now. */
  #isSuspended = false;
  /** Heartbeats on their way. */
  #unconfirmed = 0;
  #stopTimer: () => void = () => {};

  constructor(link: NatsLink, message: HeldMessage<T>) {
    this.spec = message.spec;
    this.trace = message.trace;
    this.#link = link;
    this.#message = message;
    this.#deadline = link.settings.clock.now() + link.settings.ackWaitMs;
    this.#holder = link.subscribe(message.holderSubject, (asked) => this.#hear(asked));
    const stopUp = link.onUp(() => this.#comeBack());
    const stopDown = link.onDown(() => this.#noteAway());
    const onClose = () => this.#lose('The bus was closed.');
    link.closed.addEventListener('abort', onClose, { once: true });
    this.#stopListening = () => {
      stopUp();
      stopDown();
      link.closed.removeEventListener('abort', onClose);
    };
    this.#startTimer();
    this.#announce();
  }

  get lost(): AbortSignal {
    this.#noticeStandstill();
    return this.#lost.signal;
  }

  async heartbeat(): Promise<void> {
    this.#noticeStandstill();
    const { wire, settings } = this.#link;
    if (this.#ended || wire === null) return;
    const sentAt = settings.clock.now();
    this.#unconfirmed++;
    try {
      await wire.nc.request(this.#message.ackSubject, '+WPI', { timeout: settings.ackWaitMs });
    } catch {
      // Not confirmed: whether the claim is lost is for the deadline to say.
      return;
    } finally {
      this.#unconfirmed--;
    }
    if (this.#ended) return;
    this.#isSuspended = false;
    this.#deadline = Math.max(this.#deadline, sentAt + settings.ackWaitMs);
    this.#startTimer();
  }

  async release(): Promise<void> {
    await this.#finish(`hand ${this.#message.title} over`, '-NAK');
  }

  async done(): Promise<void> {
    await this.#finish(`end ${this.#message.title}`, '+ACK');
  }

  async #finish(doing: string, answer: string): Promise<void> {
    this.#noticeStandstill();
    if (this.#ended) return;
    this.#end();
    await this.#link.attempt(doing, async (wire) => {
      try {
        await wire.nc.request(this.#message.ackSubject, answer, { timeout: 1_000 });
      } catch (error) {
        if (isNoResponders(error) && !(await this.#message.isThere(wire))) return;
        throw error;
      }
    });
  }

  #hear(asked: Msg): void {
    const message = parseJson(holderMessageSchema, asked.data);
    this.#noticeStandstill();
    if (message === null || this.#ended) return;
    if (message.type === 'probe') asked.respond();
    else if (message.type === 'withdrawn') this.#lose(`The offer of ${this.#message.title} was withdrawn.`);
    else if (message.by !== this.#name) this.#compare(message.rank);
  }

  #compare(other: ClaimRank): void {
    const order = compareRanks(other, this.#message.rank);
    if (order > 0) this.#lose(`The claim of ${this.#message.title} was given to another holder.`);
    else if (order < 0) this.#announce();
  }

  #announce(): void {
    const message = encodeHolderMessage({ type: 'taken', by: this.#name, rank: this.#message.rank });
    this.#link.publish(this.#message.holderSubject, message);
  }

  #startTimer(): void {
    this.#stopTimer();
    const { clock } = this.#link.settings;
    this.#stopTimer = clock.after(Math.max(0, this.#deadline - clock.now()), () => void this.#expire());
  }

  async #expire(): Promise<void> {
    this.#noticeStandstill();
    const { clock } = this.#link.settings;
    if (this.#ended) return;
    if (clock.now() < this.#deadline) {
      this.#startTimer();
      return;
    }
    const { wire } = this.#link;
    this.#isSuspended = true;
    if (wire === null) return;
    const before = this.#deadline;
    const answers = await roundTrip(wire, RECHECK_MS).then(
      () => true,
      () => false,
    );
    // A server that wakes up answers the ping first and confirms heartbeats a moment later.
    if (answers && this.#unconfirmed > 0) await pause(WAKE_MS, wire.down);
    if (this.#ended || this.#deadline !== before || this.#link.wire !== wire) return;
    if (answers) {
      this.#lose(
        `The claim of ${this.#message.title} had no confirmed heartbeat for ${this.#link.settings.ackWaitMs} ms.`,
      );
      return;
    }
    this.#stopTimer = clock.after(RECHECK_MS, () => void this.#expire());
  }

  /** Past the deadline without the timer having come: the process was stopped, and the claim went elsewhere. */
  #noticeStandstill(): void {
    if (this.#ended || this.#isSuspended) return;
    if (this.#link.settings.clock.now() > this.#deadline + STOOD_STILL_MS) {
      this.#lose(`The claim of ${this.#message.title} was lost while this process stood still.`);
    }
  }

  #noteAway(): void {
    this.#noticeStandstill();
    this.#isSuspended = true;
  }

  #comeBack(): void {
    if (this.#ended) return;
    const { clock, ackWaitMs } = this.#link.settings;
    this.#isSuspended = false;
    this.#deadline = clock.now() + ackWaitMs;
    this.#startTimer();
    this.#announce();
    void this.heartbeat();
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    this.#end();
    this.#lost.abort(new Error(reason));
  }

  #end(): void {
    this.#ended = true;
    this.#stopTimer();
    this.#stopListening();
    this.#holder.stop();
  }
}
