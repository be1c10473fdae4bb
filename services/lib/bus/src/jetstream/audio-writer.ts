import { randomBytes } from 'node:crypto';
import { headers } from '@nats-io/transport-node';
import type { Samples } from '@verbatim/contracts';
import type { Mark } from '../ports.ts';
import { decodeAudio, decodeMark, encodeAudio, encodeMark, type MarkRecord } from './audio-codec.ts';
import { AudioMirror, type MirrorEntry } from './audio-mirror.ts';
import { REQUEST_MS } from './connection.ts';
import type { NatsLink } from './link.ts';
import { messageAt } from './message-at.ts';
import type { AudioPlace } from './names.ts';
import type { Wire } from './wire.ts';
import { parseJson, publishAckSchema } from './wire-schemas.ts';

/** A second of audio in one message at most; nats-server may allow less. */
const MAX_SAMPLES: Samples = 16_000;
/** Room for the subject's and the headers' bytes in a message. */
const OVERHEAD_BYTES = 512;
const MAX_CONFLICTS = 8;
const WRONG_LAST_SEQUENCE = 10_071;

/** Somebody else wrote, or the server lost what was there: look before writing on. */
class SequenceConflict extends Error {}

/** What the log's last messages of a session say. */
interface Tail {
  readonly head: Samples;
  readonly index: number;
  readonly lastMarkId: string | null;
}

/**
 * Writes one session's audio and marks, one message at a time, each with the sequence that it expects before it. So no
 * two writers mix unnoticed, a message that was stored without an acknowledgement is not stored twice, and a log that
 * lost its memory is noticed and gets everything that is not committed again, in order, before anything newer.
 */
export class AudioWriter {
  readonly #link: NatsLink;
  readonly #place: AudioPlace;
  readonly #mirror: AudioMirror;
  /** The last sequence in the stream of each subject; null while the log must be looked at first. */
  #last: { pcm: number; mark: number } | null = null;
  #lastMarkId: string | null = null;
  #head: Samples = 0;
  #index = 0;
  #mirroredTo: Samples = 0;
  #queue: Promise<unknown>;
  #discarded = false;
  #wroteAt: number;

  /** Starts to write when `after` has settled: what an earlier writer of the session does still. */
  constructor(link: NatsLink, place: AudioPlace, ringSamples: Samples, after: Promise<void>) {
    this.#queue = after;
    this.#link = link;
    this.#place = place;
    this.#mirror = new AudioMirror(ringSamples);
    this.#wroteAt = link.settings.clock.now();
  }

  /** Adds samples at or past the head; the array must not change any more. */
  append(firstSample: Samples, pcm16: Int16Array): Promise<void> {
    return this.#enqueue(
      'write audio',
      async (wire) => {
        const fit = Math.floor((wire.maxPayload - OVERHEAD_BYTES) / 2);
        for (;;) {
          const fresh = firstSample < this.#head ? pcm16.subarray(this.#head - firstSample) : pcm16;
          if (fresh.length === 0) return this.#keep(firstSample, pcm16);
          const start = Math.max(firstSample, this.#head);
          const piece = fresh.subarray(0, Math.max(1, Math.min(MAX_SAMPLES, fit)));
          await this.#put(wire, { type: 'audio', firstSample: start, pcm16: piece });
          this.#keep(start, piece);
        }
      },
      undefined,
    );
  }

  /** Adds a mark at the head; resolves with its index. `permit` is asked before each try and rejects to forbid it. */
  mark(mark: Mark, permit: () => Promise<void> = async () => {}): Promise<number> {
    const id = newMarkId();
    return this.#enqueue(
      'write a mark',
      async (wire) => {
        if (this.#lastMarkId !== id) {
          await permit();
          await this.#put(wire, { type: 'mark', at: this.#head, index: this.#index + 1, id, mark });
        }
        this.#mirror.add({ type: 'mark', at: this.#head, index: this.#index, id, mark });
        return this.#index;
      },
      0,
    );
  }

  committed(sample: Samples): void {
    this.#mirror.committed(sample);
  }

  /** The head after a look at the log, which gets again what it lost. */
  head(): Promise<Samples> {
    this.#queue = this.#queue.then(() => this.#lookAgain());
    return this.#enqueue('find the place in the audio', async () => this.#head, 0);
  }

  /** Looks whether the log still has everything and writes again what it lost; for a connection that came back. */
  async verify(): Promise<void> {
    if (this.#head > 0 || this.#index > 0) await this.head();
  }

  /** Notes the place in the log if nothing was written for `ms`, so that it outlives the log's greatest age. */
  async renew(ms: number): Promise<void> {
    const { clock } = this.#link.settings;
    if (clock.now() - this.#wroteAt < ms || (this.#head === 0 && this.#index === 0)) return;
    this.#wroteAt = clock.now();
    await this.#enqueue('renew the place in the audio', (wire) => this.#putPlace(wire), undefined);
  }

  /** Writes no more: what is queued is dropped. Resolves when nothing is on its way any more. */
  async discard(): Promise<void> {
    this.#discarded = true;
    await this.#queue;
  }

  /** Resolves when everything that was asked for so far is written, or has failed. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  /** Mirrors audio that is in the log, also where only its acknowledgement was lost. */
  #keep(firstSample: Samples, pcm16: Int16Array): void {
    const from = Math.max(firstSample, this.#mirroredTo);
    const fresh = pcm16.subarray(from - firstSample);
    if (fresh.length === 0) return;
    this.#mirror.add({ type: 'audio', firstSample: from, pcm16: fresh });
    this.#mirroredTo = from + fresh.length;
  }

  #lookAgain(): void {
    this.#last = null;
  }

  #enqueue<T>(doing: string, write: (wire: Wire) => Promise<T>, ifDiscarded: T): Promise<T> {
    const since = this.#link.settings.clock.now();
    const written = this.#queue.then(() => {
      if (this.#discarded) return ifDiscarded;
      return this.#link.attempt(doing, (wire) => this.#write(wire, write), since);
    });
    this.#queue = written.catch(() => {});
    return written;
  }

  async #write<T>(wire: Wire, write: (wire: Wire) => Promise<T>): Promise<T> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        if (this.#last === null) await this.#look(wire);
        return await write(wire);
      } catch (error) {
        // Also a try that failed otherwise may have been stored: the next one looks first.
        this.#last = null;
        if (!(error instanceof SequenceConflict) || conflicts >= MAX_CONFLICTS) throw error;
      }
    }
  }

  /** Reads where the log ends. What it should have and does not is written again; what others wrote is taken over. */
  async #look(wire: Wire): Promise<void> {
    const pcm = await messageAt(wire, this.#place.stream, this.#place.pcm);
    const mark = await messageAt(wire, this.#place.stream, this.#place.mark);
    const tail = tailOf(pcm?.data, mark?.data);
    this.#last = { pcm: pcm?.seq ?? 0, mark: mark?.seq ?? 0 };
    try {
      await this.#writeAgain(wire, tail);
    } catch (error) {
      this.#last = null;
      throw error;
    }
    this.#head = Math.max(this.#head, tail.head);
    this.#index = Math.max(this.#index, tail.index);
    this.#lastMarkId = tail.lastMarkId;
  }

  async #writeAgain(wire: Wire, tail: Tail): Promise<void> {
    const isBehind = tail.head < this.#head || tail.index < this.#index;
    if (!isBehind || this.#discarded) return;
    let { head, index } = tail;
    const entries = [...this.#mirror.after(head, index)];
    // Marks that are answered are not in the mirror any more, but they count.
    const firstMark = entries.find((entry) => entry.type === 'mark');
    let marks = firstMark === undefined ? this.#index : firstMark.index - 1;
    for (const entry of entries) {
      if (entry.type === 'mark') marks = entry.index;
      else head = entry.firstSample + entry.pcm16.length;
      await this.#send(wire, entry, marks);
      index = marks;
    }
    if (head < this.#head || index < this.#index) await this.#putPlace(wire);
  }

  async #putPlace(wire: Wire): Promise<void> {
    const place = { at: this.#head, index: this.#index, id: newMarkId(), mark: null };
    await this.#send(wire, { type: 'mark', ...place }, this.#index);
  }

  async #put(wire: Wire, entry: MirrorEntry): Promise<void> {
    await this.#send(wire, entry, this.#index);
    this.#wroteAt = this.#link.settings.clock.now();
    if (entry.type === 'audio') this.#head = entry.firstSample + entry.pcm16.length;
    else this.#index = entry.index;
  }

  /** `marks` is the count that audio carries. */
  async #send(wire: Wire, entry: MirrorEntry, marks: number): Promise<void> {
    const last = this.#last;
    if (last === null) throw new SequenceConflict('The log must be looked at first.');
    if (entry.type === 'audio') {
      last.pcm = await store(wire, this.#place.pcm, encodeAudio({ ...entry, marks }), last.pcm);
    } else {
      const { type: _, ...record } = entry;
      last.mark = await store(wire, this.#place.mark, encodeMark(record), last.mark);
      this.#lastMarkId = record.id;
    }
  }
}

const newMarkId = (): string => randomBytes(8).toString('base64url');

const store = async (wire: Wire, subject: string, data: Uint8Array, expectedLast: number): Promise<number> => {
  const expected = headers();
  expected.set('Nats-Expected-Last-Subject-Sequence', String(expectedLast));
  const reply = await wire.nc.request(subject, data, { headers: expected, timeout: REQUEST_MS });
  const ack = parseJson(publishAckSchema, reply.data);
  if (ack?.error?.err_code === WRONG_LAST_SEQUENCE) throw new SequenceConflict(ack.error.description);
  if (ack?.error !== undefined) throw new Error(`nats-server did not store: ${ack.error.description}`);
  if (ack?.seq === undefined) throw new Error('nats-server acknowledged without a sequence.');
  return ack.seq;
};

/** Where a session's log ends, by its last messages. */
export const tailOf = (pcm: Uint8Array | undefined, mark: Uint8Array | undefined): Tail => {
  const audio = pcm === undefined ? null : decodeAudio(pcm);
  const record: MarkRecord | null = mark === undefined ? null : decodeMark(mark);
  return {
    head: Math.max(audio === null ? 0 : audio.firstSample + audio.pcm16.length, record?.at ?? 0),
    index: Math.max(audio?.marks ?? 0, record?.index ?? 0),
    lastMarkId: record?.id ?? null,
  };
};

/** The same for a session that this process does not write to. */
export const readTail = async (wire: Wire, place: AudioPlace): Promise<Tail> => {
  const pcm = await messageAt(wire, place.stream, place.pcm);
  const mark = await messageAt(wire, place.stream, place.mark);
  return tailOf(pcm?.data, mark?.data);
};
