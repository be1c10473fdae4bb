import { type AudioEntry, type Bus, type Claim, type Mark, SlotPool } from '@verbatim/bus';
import {
  type Final,
  type FinalReason,
  SAMPLE_RATE,
  type Samples,
  type SessionEvent,
  type Word,
} from '@verbatim/contracts';
import type { Grant, SessionStore } from '@verbatim/sessions';

export interface ScriptedTranscriberOptions {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly model: string;
  readonly slots?: number;
  /** Samples after which an utterance ends. Default: one second. */
  readonly utteranceSamples?: Samples;
  /** Finals that are committed but never published, as if the feed had lost them. */
  readonly loses?: (sequence: number) => boolean;
  /** Answers to finalize requests are never published. */
  readonly losesFlushes?: boolean;
  /** Finals and flushes that are published twice, as after a takeover. */
  readonly repeats?: boolean;
  /** Finals tell when each of their words was said: they share out the utterance evenly. */
  readonly tellsWords?: boolean;
  /** The language of each utterance. Default: English. */
  readonly speaks?: (utterance: number) => string;
}

/** What a session's transcriber saw. */
export interface Seen {
  readonly chunks: { readonly firstSample: Samples; readonly length: number }[];
  readonly samples: number[];
  readonly marks: string[];
  samplesHeard: number;
}

/**
 * Stands in for a transcriber at the ports: it "hears" one utterance in every second of audio, commits finals before
 * publishing them, answers marks and closes sessions, all as a real one must. It can be held to fall behind.
 */
export class ScriptedTranscriber {
  readonly seen = new Map<string, Seen>();
  readonly slots: SlotPool;
  readonly #options: ScriptedTranscriberOptions;
  readonly #stop = new AbortController();
  #gate: Promise<void> = Promise.resolve();
  #open = () => {};

  constructor(options: ScriptedTranscriberOptions) {
    this.#options = options;
    this.slots = new SlotPool(options.slots ?? 4);
    void this.#takeClaims();
  }

  /** Decodes nothing more until `proceed`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  proceed(): void {
    this.#open();
  }

  stop(): void {
    this.#stop.abort();
    this.#open();
  }

  /** Publishes an event as the owner of a session would. */
  say(sessionId: string, event: SessionEvent): Promise<void> {
    return this.#options.bus.events.publish(sessionId, event);
  }

  async #takeClaims(): Promise<void> {
    const { bus, model } = this.#options;
    for await (const claim of bus.claims.take(model, this.slots, this.#stop.signal)) {
      void this.#serve(claim).finally(() => this.slots.release());
    }
  }

  async #serve(claim: Claim): Promise<void> {
    const { store } = this.#options;
    const { sessionId } = claim.spec;
    const grant = await store.claim(sessionId, 'scripted').catch(() => null);
    if (grant === null) return claim.done();
    const life = new AbortController();
    const over = AbortSignal.any([this.#stop.signal, claim.lost, life.signal]);
    void this.#obey(sessionId, life, over);
    try {
      await this.#transcribe(claim, grant, over);
    } finally {
      life.abort();
    }
  }

  async #transcribe(claim: Claim, grant: Grant, over: AbortSignal): Promise<void> {
    const { sessionId } = claim.spec;
    const seen: Seen = { chunks: [], samples: [], marks: [], samplesHeard: 0 };
    this.seen.set(sessionId, seen);
    const work = new Work(this.#options, sessionId, grant.epoch, grant.cursor, grant.nextSequence);
    await this.say(sessionId, { type: 'moved', epoch: grant.epoch });
    for await (const entry of this.#options.bus.audio.read(sessionId, grant.cursor, over)) {
      await this.#gate;
      if (over.aborted) return;
      note(seen, entry);
      if (await work.take(entry)) return claim.done();
    }
  }

  async #obey(sessionId: string, life: AbortController, over: AbortSignal): Promise<void> {
    const controls = await this.#options.bus.events.subscribeControl(sessionId, over);
    for await (const control of controls) if (control.type === 'abort') life.abort();
  }
}

/** One session's recognition, such as it is. */
class Work {
  readonly #options: ScriptedTranscriberOptions;
  readonly #sessionId: string;
  readonly #epoch: number;
  #cursor: Samples;
  #head: Samples;
  #sequence: number;
  #marks = 0;

  constructor(options: ScriptedTranscriberOptions, sessionId: string, epoch: number, cursor: Samples, next: number) {
    this.#options = options;
    this.#sessionId = sessionId;
    this.#epoch = epoch;
    this.#cursor = cursor;
    this.#head = cursor;
    this.#sequence = next - 1;
  }

  /** True when the session is over. */
  async take(entry: AudioEntry): Promise<boolean> {
    if (entry.type === 'audio') {
      await this.#hear(entry.firstSample, entry.pcm16.length);
      return false;
    }
    const { mark, index } = entry;
    this.#marks = index;
    if (mark.type === 'finalize') {
      await this.#final('finalize', this.#head);
      if (this.#options.losesFlushes !== true) {
        await this.#publish({ type: 'flushed', requestId: mark.requestId, mark: index });
      }
      await this.#progress();
      return false;
    }
    if (mark.type === 'idle') {
      await this.#final('idle', this.#head);
      return false;
    }
    await this.#final('end_of_audio', this.#head);
    await this.#options.bus.audio.erase(this.#sessionId);
    await this.#options.store.close(this.#sessionId, mark.reason);
    const audioSeconds = this.#head / SAMPLE_RATE;
    await this.#publish({ type: 'closed', reason: mark.reason, audioSeconds, finals: this.#sequence });
    return true;
  }

  async #hear(firstSample: Samples, length: number): Promise<void> {
    if (firstSample > this.#head) {
      await this.#publish({ type: 'gap', from: this.#head, to: firstSample, reason: 'overflow' });
    }
    this.#head = firstSample + length;
    const utterance = this.#options.utteranceSamples ?? SAMPLE_RATE;
    while (this.#head - this.#cursor >= utterance) await this.#final('silence', this.#cursor + utterance);
    if (this.#head > this.#cursor) {
      await this.#publish({
        ...this.#textFields(this.#sequence + 1, this.#head),
        type: 'partial',
        text: `utterance ${this.#sequence + 1} so far`,
        stableChars: 9,
      });
    }
    await this.#progress();
  }

  async #progress(): Promise<void> {
    await this.#publish({
      type: 'progress',
      receivedSample: this.#head,
      decodedSample: this.#head,
      committedSample: this.#cursor,
      finals: this.#sequence,
      marks: this.#marks,
      lagSeconds: 0,
    });
  }

  async #final(reason: FinalReason, end: Samples): Promise<void> {
    if (end === this.#cursor) return;
    const sequence = this.#sequence + 1;
    const fields = this.#textFields(sequence, end);
    const text = `utterance ${sequence}.`;
    const words = this.#options.tellsWords === true && { words: wordsOf(text, fields) };
    const final: Final = { ...fields, type: 'final', sequence, text, ...words, reason };
    const { store, loses } = this.#options;
    await store.commit(this.#sessionId, this.#epoch, { final, cursor: end, state: new Uint8Array(0) });
    this.#sequence = sequence;
    this.#cursor = end;
    if (!loses?.(sequence)) await this.#publish(final);
  }

  #textFields(utterance: number, end: Samples) {
    const language = this.#options.speaks?.(utterance) ?? 'en';
    return { utterance, confidence: 0.9, start: this.#cursor, end, language };
  }

  async #publish(event: SessionEvent): Promise<void> {
    const twice = this.#options.repeats === true && (event.type === 'final' || event.type === 'flushed');
    for (let time = 0; time < (twice ? 2 : 1); time++) await this.#options.bus.events.publish(this.#sessionId, event);
  }
}

const wordsOf = (text: string, { start, end }: Pick<Final, 'start' | 'end'>): Word[] => {
  const words = text.split(' ');
  const place = (index: number) => start + Math.round(((end - start) * index) / words.length);
  return words.map((word, index) => ({ text: word, start: place(index), end: place(index + 1), confidence: 0.8 }));
};

const note = (seen: Seen, entry: AudioEntry): void => {
  if (entry.type === 'mark') {
    seen.marks.push(nameOf(entry.mark));
    return;
  }
  seen.chunks.push({ firstSample: entry.firstSample, length: entry.pcm16.length });
  for (const sample of entry.pcm16) seen.samples.push(sample);
  seen.samplesHeard += entry.pcm16.length;
};

const nameOf = (mark: Mark): string => {
  switch (mark.type) {
    case 'finalize':
      return `finalize:${mark.requestId}`;
    case 'idle':
      return 'idle';
    case 'end':
      return `end:${mark.reason}`;
  }
};
