import { randomUUID } from 'node:crypto';
import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { insistOn } from '../permit.ts';
import type { AudioEntry, AudioLog, Mark } from '../ports.ts';
import { AudioReader } from './audio-reader.ts';
import { AudioWriter, readTail } from './audio-writer.ts';
import type { NatsLink, StandingSubscription } from './link.ts';
import { audioPlaceOf, ERASED_SUBJECTS, erasedSubject } from './names.ts';
import { AUDIO_MAX_AGE_MS } from './topology.ts';

const RENEW_EVERY_MS = 10_000;
const RENEW_AFTER_MS = AUDIO_MAX_AGE_MS / 3;

/** The audio log in NATS JetStream, in its memory: one stream for each shard, two subjects for each session. */
export class JetStreamAudioLog implements AudioLog {
  readonly #link: NatsLink;
  readonly #name = randomUUID();
  readonly #writers = new Map<string, AudioWriter>();
  /** What writers that were dropped do still; a new writer of the session waits for it. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #readers = new Map<string, Set<AbortController>>();
  readonly #erasures: StandingSubscription;
  readonly #renewals: NodeJS.Timeout;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#erasures = link.subscribe(ERASED_SUBJECTS, ({ subject, data }) => {
      // What this process erased it has forgotten already, and may be writing anew by now.
      if (new TextDecoder().decode(data) !== this.#name) this.#forget(subject.split('.')[2] ?? '');
    });
    link.onUp(() => this.#eachWriter((writer) => writer.verify()));
    this.#renewals = setInterval(() => this.#eachWriter((writer) => writer.renew(RENEW_AFTER_MS)), RENEW_EVERY_MS);
    this.#renewals.unref();
  }

  async append(sessionId: string, firstSample: Samples, pcm16: Int16Array): Promise<void> {
    if (!Number.isSafeInteger(firstSample) || firstSample < 0) {
      throw new RangeError(`Audio starts at sample ${firstSample}; a whole number from 0 on is needed.`);
    }
    if (pcm16.length === 0) return;
    await this.#writer(sessionId).append(firstSample, pcm16.slice());
  }

  async mark(sessionId: string, mark: Mark, permit?: () => Promise<boolean>): Promise<number> {
    return await this.#writer(sessionId).mark(mark, () => insistOn(sessionId, permit));
  }

  committed(sessionId: string, sample: Samples): void {
    this.#writers.get(sessionId)?.committed(sample);
  }

  release(sessionId: string): void {
    const writer = this.#writers.get(sessionId);
    if (writer === undefined) return;
    this.#writers.delete(sessionId);
    this.#waitFor(sessionId, writer.settled());
  }

  async head(sessionId: string): Promise<Samples> {
    const writer = this.#writers.get(sessionId);
    if (writer !== undefined) return await writer.head();
    const place = audioPlaceOf(sessionId);
    const tail = await this.#link.attempt('find the place in the audio', (wire) => readTail(wire, place));
    return tail.head;
  }

  async *read(
    sessionId: string,
    fromSample: Samples,
    signal: AbortSignal,
  ): AsyncGenerator<AudioEntry, void, undefined> {
    const place = audioPlaceOf(sessionId);
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    for (const end of [signal, this.#link.closed]) {
      if (end.aborted) return;
      end.addEventListener('abort', onAbort, { once: true });
    }
    const readers = this.#readers.get(sessionId) ?? new Set();
    this.#readers.set(sessionId, readers.add(stop));
    try {
      yield* new AudioReader(this.#link, place, fromSample, stop.signal).entries();
    } finally {
      stop.abort();
      for (const end of [signal, this.#link.closed]) end.removeEventListener('abort', onAbort);
      readers.delete(stop);
      if (readers.size === 0 && this.#readers.get(sessionId) === readers) this.#readers.delete(sessionId);
    }
  }

  async erase(sessionId: string): Promise<void> {
    const { stream, all } = audioPlaceOf(sessionId);
    const writer = this.#writers.get(sessionId);
    this.#forget(sessionId);
    const erased = (async () => {
      await writer?.discard();
      await this.#link.attempt('erase the audio', async (wire) => {
        await wire.jsm.streams.purge(stream, { filter: all });
        wire.nc.publish(erasedSubject(sessionId), this.#name);
      });
    })();
    this.#waitFor(sessionId, erased);
    await erased;
  }

  close(): void {
    clearInterval(this.#renewals);
    this.#erasures.stop();
    this.#writers.clear();
  }

  #writer(sessionId: string): AudioWriter {
    const known = this.#writers.get(sessionId);
    if (known !== undefined) return known;
    const ringSamples = this.#link.settings.ringSeconds * SAMPLE_RATE;
    const after = this.#leaving.get(sessionId) ?? Promise.resolve();
    const writer = new AudioWriter(this.#link, audioPlaceOf(sessionId), ringSamples, after);
    this.#writers.set(sessionId, writer);
    return writer;
  }

  #waitFor(sessionId: string, leaving: Promise<void>): void {
    const left = leaving
      .catch(() => {})
      .then(() => {
        if (this.#leaving.get(sessionId) === left) this.#leaving.delete(sessionId);
      });
    this.#leaving.set(sessionId, left);
  }

  #forget(sessionId: string): void {
    void this.#writers.get(sessionId)?.discard();
    this.#writers.delete(sessionId);
    for (const reader of this.#readers.get(sessionId) ?? []) reader.abort();
  }

  #eachWriter(act: (writer: AudioWriter) => Promise<void>): void {
    for (const writer of this.#writers.values()) {
      act(writer).catch(() => {
        // NATS is away again, for longer than a call waits: the next connection starts this anew.
      });
    }
  }
}
