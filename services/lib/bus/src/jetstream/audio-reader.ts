import { randomBytes } from 'node:crypto';
import { AckPolicy, DeliverPolicy, ReplayPolicy, type StreamState } from '@nats-io/jetstream';
import { createInbox, type Msg } from '@nats-io/transport-node';
import type { Samples } from '@verbatim/contracts';
import type { AudioEntry } from '../ports.ts';
import { decodeAudio, decodeMark } from './audio-codec.ts';
import { type Delivery, parseDelivery } from './delivery.ts';
import { type NatsLink, pause } from './link.ts';
import type { AudioPlace } from './names.ts';
import type { Wire } from './wire.ts';

/** Messages asked for at once, and held unread at most: about three seconds of audio. */
const BATCH = 32;
/** A request waits this long on the server, so a consumer that vanished there is noticed soon after. */
const EXPIRES_MS = 5_000;
const GRACE_MS = 2_000;
/** A reader that was killed leaves its consumer behind for this long. */
const INACTIVE_MS = 30_000;
const RETRY_MS = 250;

/** Reading must start again with a new consumer. */
class ConsumerLost extends Error {}

/**
 * Reads one session's log by pulling from a consumer of its own, which is made again whenever it, its stream or the
 * connection is gone. What comes twice is known by its sample position and its mark's index.
 */
export class AudioReader {
  readonly #link: NatsLink;
  readonly #place: AudioPlace;
  readonly #from: Samples;
  readonly #stop: AbortSignal;
  #position: Samples;
  #lastIndex = 0;
  /** Where the last message that was read lies in the stream. */
  #last: Delivery | null = null;

  /** Ends when `stop` aborts. */
  constructor(link: NatsLink, place: AudioPlace, from: Samples, stop: AbortSignal) {
    this.#link = link;
    this.#place = place;
    this.#from = from;
    this.#position = from;
    this.#stop = stop;
  }

  async *entries(): AsyncGenerator<AudioEntry, void, undefined> {
    while (!this.#stop.aborted) {
      const wire = await this.#link.up(this.#stop);
      if (wire === null) return;
      const pull = new Pull(wire, this.#place.stream, this.#stop);
      try {
        await pull.open({ filter_subject: this.#place.all, ...this.#start() });
        // After the consumer was made, so that a stream that is emptied later takes the consumer with it.
        if (this.#last !== null && startedAnew(await stateOf(wire, this.#place.stream), this.#last)) {
          this.#last = null;
          continue;
        }
        for await (const message of pull.messages()) {
          const entry = this.#entryOf(message);
          if (entry !== null && !this.#stop.aborted) yield entry;
        }
      } catch {
        // Whatever it was (no such stream, a timeout, a lost connection), the cure is the same: a new consumer.
        if (!wire.down.aborted) await this.#link.restore(wire);
        await pause(RETRY_MS * Math.random(), this.#stop);
      } finally {
        pull.close();
      }
    }
  }

  /** Behind the last message. Not by time: nats-server 2.9 can crash on it. */
  #start(): Pick<ConsumerStart, 'deliver_policy' | 'opt_start_seq'> {
    if (this.#last === null) return { deliver_policy: DeliverPolicy.All };
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#last.streamSequence + 1 };
  }

  /** What is new in a message; null if nothing is. */
  #entryOf(message: Msg): AudioEntry | null {
    this.#last = parseDelivery(message.reply) ?? this.#last;
    if (message.subject === this.#place.mark) return this.#markOf(message.data);
    const audio = decodeAudio(message.data);
    if (audio === null || audio.firstSample + audio.pcm16.length <= this.#position) return null;
    const firstSample = Math.max(audio.firstSample, this.#position);
    const pcm16 = audio.pcm16.subarray(firstSample - audio.firstSample);
    this.#position = firstSample + pcm16.length;
    const storedAt = this.#last === null ? this.#link.settings.clock.wall() : Number(this.#last.storedNs) / 1e6;
    return { type: 'audio', firstSample, pcm16, storedAt };
  }

  #markOf(data: Uint8Array): AudioEntry | null {
    const record = decodeMark(data);
    if (record === null || record.mark === null || record.index <= this.#lastIndex) return null;
    this.#lastIndex = record.index;
    const { at, index, mark } = record;
    return at < this.#from ? null : { type: 'mark', at, index, mark };
  }
}

const stateOf = async (wire: Wire, stream: string): Promise<StreamState> => (await wire.jsm.streams.info(stream)).state;

/**
 * True if the stream lost its memory after that message and counts from 1 again: it ends before the message, or what it
 * holds from before the message was stored after it. Its time of creation does not tell: in a cluster that stays.
 */
export const startedAnew = (
  state: Pick<StreamState, 'first_seq' | 'first_ts' | 'last_seq'>,
  last: Pick<Delivery, 'streamSequence' | 'storedNs'>,
): boolean => {
  if (state.last_seq < last.streamSequence) return true;
  const storedMs = Number(last.storedNs / 1_000_000n);
  return state.first_seq <= last.streamSequence && Date.parse(state.first_ts) > storedMs;
};

interface ConsumerStart {
  readonly filter_subject: string;
  readonly deliver_policy: DeliverPolicy;
  readonly opt_start_seq?: number;
}

/** One ephemeral consumer and the requests to it: one at a time, the next when its messages are read. */
class Pull {
  readonly #wire: Wire;
  readonly #stream: string;
  readonly #stop: AbortSignal;
  readonly #name = `r-${randomBytes(9).toString('base64url')}`;
  readonly #inbox = createInbox();
  #arrived: Msg[] = [];
  #wanted = 0;
  #received = 0;
  #wake: () => void = () => {};
  #failure: string | null = null;
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: () => void = () => {};

  constructor(wire: Wire, stream: string, stop: AbortSignal) {
    this.#wire = wire;
    this.#stream = stream;
    this.#stop = stop;
  }

  async open(start: ConsumerStart): Promise<void> {
    const { nc, jsm, down } = this.#wire;
    await jsm.consumers.add(this.#stream, {
      name: this.#name,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      inactive_threshold: INACTIVE_MS * 1_000_000,
      mem_storage: true,
      num_replicas: 1,
      max_waiting: 4,
      ...start,
    });
    this.#isOpen = true;
    const subscription = nc.subscribe(this.#inbox, {
      callback: (error, message) => (error === null ? this.#take(message) : this.#fail(error.message)),
    });
    const wake = () => this.#wake();
    down.addEventListener('abort', wake, { once: true });
    this.#stop.addEventListener('abort', wake, { once: true });
    this.#unsubscribe = () => {
      subscription.unsubscribe();
      down.removeEventListener('abort', wake);
      this.#stop.removeEventListener('abort', wake);
    };
  }

  /** Ends when the reader stops; throws when the consumer is no use any more. */
  async *messages(): AsyncGenerator<Msg, void, undefined> {
    while (!this.#stop.aborted) {
      const message = this.#arrived.shift();
      if (message !== undefined) {
        yield message;
      } else if (this.#failure !== null || this.#wire.down.aborted) {
        throw new ConsumerLost(this.#failure ?? 'The connection is gone.');
      } else {
        if (this.#wanted === 0) this.#ask();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Leaves nothing behind, on the server either. */
  close(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    if (this.#isOpen && !this.#wire.down.aborted) {
      this.#wire.jsm.consumers.delete(this.#stream, this.#name).catch(() => {
        // It is gone already, or goes by itself after its inactive threshold.
      });
    }
  }

  #ask(): void {
    this.#wanted = BATCH;
    const request = JSON.stringify({ batch: BATCH, expires: EXPIRES_MS * 1_000_000 });
    this.#wire.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#name}`, request, { reply: this.#inbox });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail('The server forgot a request.'), EXPIRES_MS + GRACE_MS);
  }

  #take(message: Msg): void {
    const delivery = parseDelivery(message.reply);
    if (delivery === null) {
      this.#takeStatus(message.headers?.code ?? 0, message.headers?.description ?? '');
    } else if (delivery.consumerSequence !== ++this.#received) {
      this.#fail('A message was lost on its way.');
    } else {
      this.#wanted = Math.max(0, this.#wanted - 1);
      this.#arrived.push(message);
    }
    this.#wake();
  }

  /** 100 is a heartbeat; 404 and 408 end a request in peace; everything else ends the consumer. */
  #takeStatus(code: number, description: string): void {
    if (code === 404 || code === 408) this.#wanted = 0;
    else if (code !== 100) this.#fail(`${code} ${description}`);
  }

  #fail(reason: string): void {
    this.#failure = reason;
    this.#wake();
  }
}
