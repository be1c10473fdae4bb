import {
  type Clock,
  type CloseReason,
  type FinalReason,
  type Gap,
  SAMPLE_RATE,
  type Samples,
  samplesFromMs,
} from '@verbatim/contracts';
import { CONTEXT_SAMPLES, framePowers, WINDOW_SAMPLES } from '../audio-window.ts';
import {
  type EndpointEvent,
  Endpointer,
  endpointerOptions,
  type Rolls,
  type Utterance,
} from '../endpoint/endpointer.ts';
import type { DecodeScheduler } from '../scheduler/decode-scheduler.ts';
import type { VoiceDetector } from '../vad/voice-detector.ts';
import { CommitQueue } from './commit-queue.ts';
import { FinalDecodes, verdict } from './final-decodes.ts';
import { Hypotheses } from './hypotheses.ts';
import type { PendingCommit, RecognizerOutput } from './output.ts';
import { type AnsweredFinalize, decodeState, encodeState, rememberFlush } from './recognizer-state.ts';
import { SampleBuffer } from './sample-buffer.ts';
import { afterCommit, afterJobCommit, nothingSpoken, type SpeechHints, type Spoken, wishesOf } from './spoken.ts';

/** A request that takes effect at its place in the audio. */
export type RecognizerMark =
  | { readonly type: 'finalize'; readonly requestId: string }
  /** The client pauses: ends an open utterance. */
  | { readonly type: 'idle' }
  | { readonly type: 'end'; readonly reason: CloseReason };

export interface RecognizerSettings extends SpeechHints {
  readonly sessionId: string;
  /** The audio of a job is all there already: its finals wait for those of live sessions, and none is decoded on suspicion. */
  readonly kind: 'live' | 'job';
  /** Silence that ends an utterance. */
  readonly silenceMs: number;
  /** An utterance this long is cut at its best pause. */
  readonly maxUtteranceMs: number;
  readonly partialResults: boolean;
  /** Speech before a first partial. */
  readonly firstPartialMs: number;
}

/** What a recogniser has to know of its engine. */
export interface EngineTraits extends Rolls {
  /** Whether what was said before changes what the engine hears. */
  readonly engineRemembers: boolean;
}

export interface RecognizerParts extends EngineTraits {
  readonly detector: VoiceDetector;
  readonly scheduler: DecodeScheduler;
  readonly clock: Pick<Clock, 'wall'>;
}

/** What a new owner goes on from. */
export interface Restored {
  readonly cursor: Samples;
  readonly state: Uint8Array;
}

/** Audio read before the cursor on a replay: the longest pre-roll, and the detector's context with it. */
export const REPLAY_SAMPLES: Samples = samplesFromMs(600);

/** Windows judged at once: a stream that comes faster than real time is taken in bites of half a second. */
const MAX_WINDOWS = 16;
/** The cursor moves over silence in steps of this length. */
const SILENCE_STEP: Samples = 2 * SAMPLE_RATE;
/** With more than this still to be judged, a partial would be out of date before it is shown. */
const PARTIAL_BACKLOG: Samples = SAMPLE_RATE;
/** The reason of a final that a mark brought about. */
const FLUSH_REASON = { finalize: 'finalize', idle: 'idle', end: 'end_of_audio' } as const;

type Entry =
  | { readonly type: 'audio'; readonly pcm16: Int16Array }
  | { readonly type: 'gap'; readonly from: Samples; readonly to: Samples; readonly reason: Gap['reason'] }
  | { readonly type: 'mark'; readonly index: number; readonly mark: RecognizerMark };

/**
 * Turns one session's audio into events. Audio goes in at any pace and in pieces of any size; which utterances come out
 * and what they say depends on the samples alone.
 */
export class Recognizer {
  readonly #parts: RecognizerParts;
  readonly #settings: RecognizerSettings;
  readonly #emit: (output: RecognizerOutput) => void;
  readonly #endpointer: Endpointer;
  readonly #commits: CommitQueue;
  readonly #finals: FinalDecodes;
  readonly #buffer = new SampleBuffer();
  readonly #inbox: Entry[] = [];
  #detectorState: Float32Array;
  #received: Samples;
  /** The cursor that this recogniser began at: audio before it is committed. */
  readonly #heldSince: Samples;
  #marks = 0;
  #flushed: readonly AnsweredFinalize[] = [];
  #committedSilence: Samples = 0;
  #spoken: Spoken = nothingSpoken;
  #hypotheses: Hypotheses | undefined;
  #pumping = false;
  #stopped = false;

  /** @param emit called synchronously, in order; must not throw */
  constructor(
    parts: RecognizerParts,
    settings: RecognizerSettings,
    emit: (output: RecognizerOutput) => void,
    restored?: Restored,
  ) {
    this.#parts = parts;
    this.#settings = settings;
    this.#emit = emit;
    this.#finals = new FinalDecodes({
      sessionId: settings.sessionId,
      scheduler: parts.scheduler,
      finalKind: settings.kind === 'job' ? 'job' : 'final',
      wishes: () => wishesOf(settings, this.#spoken),
      ready: () => this.#knownBefore(),
    });
    this.#commits = new CommitQueue((output) => this.#release(output));
    const state = restored && decodeState(restored.state);
    this.#endpointer = new Endpointer(endpointerOptions(settings, parts), state?.endpointer);
    // Another detector's memory means nothing to this one: it listens afresh.
    this.#detectorState = state?.detectorName === parts.detector.name ? state.detector : parts.detector.initialState();
    this.#marks = state?.marks ?? 0;
    this.#flushed = state?.flushed ?? [];
    this.#spoken = state?.spoken ?? nothingSpoken;
    this.#heldSince = restored?.cursor ?? 0;
    this.#received = Math.max(0, this.#heldSince - REPLAY_SAMPLES);
    this.#committedSilence = this.#heldSince;
    this.#buffer.reset(this.#received);
    if (this.#endpointer.open !== null) this.#beginUtterance(this.#endpointer.open.number, this.#endpointer.open.start);
  }

  /** Where the first audio written should start. */
  get received(): Samples {
    return this.#received;
  }

  /** Finalize requests answered before the cursor, whose answers may have been lost. */
  get flushedBefore(): readonly AnsweredFinalize[] {
    return this.#flushed;
  }

  /** The sample up to which nothing more is to be computed. */
  get decoded(): Samples {
    return Math.min(this.#commits.oldest ?? Number.POSITIVE_INFINITY, this.#endpointer.position, this.#received);
  }

  /** True while audio or decodes are waiting; what is left of a window at the end does not count. */
  get behind(): boolean {
    return this.#received - this.decoded >= WINDOW_SAMPLES;
  }

  /** Takes 16 kHz mono samples; those received already are ignored, a start past the last one is a gap. */
  write(firstSample: Samples, pcm16: Int16Array): void {
    if (this.#stopped) return;
    let reason: Gap['reason'] = 'overflow';
    if (this.#heldSince > this.#received && firstSample > this.#received) {
      this.#startLate(firstSample);
      reason = 'expired';
    }
    if (firstSample > this.#received) {
      this.#inbox.push({ type: 'gap', from: this.#received, to: firstSample, reason });
      this.#received = firstSample;
    }
    const fresh = pcm16.subarray(Math.min(pcm16.length, this.#received - firstSample));
    if (fresh.length === 0) return;
    this.#inbox.push({ type: 'audio', pcm16: fresh });
    this.#received += fresh.length;
    void this.#pump();
  }

  /** Takes a mark at its place after the audio written so far; `index` counts them, those answered already are ignored. */
  mark(index: number, mark: RecognizerMark): void {
    if (this.#stopped) return;
    this.#inbox.push({ type: 'mark', index, mark });
    void this.#pump();
  }

  /** Stops at once; nothing more is emitted. */
  stop(): void {
    // Once: by a second time the session may be another recogniser's.
    if (this.#stopped) return;
    this.#stopped = true;
    this.#hypotheses?.close();
    this.#commits.abandon();
    this.#parts.scheduler.forget(this.#settings.sessionId);
  }

  /** On a replay the log may no longer hold the audio just before the cursor: only pre-roll is lost then. */
  #startLate(firstSample: Samples): void {
    this.#received = Math.min(firstSample, this.#heldSince);
    this.#buffer.reset(this.#received);
  }

  #release(output: PendingCommit | Extract<RecognizerOutput, { type: 'failed' }>): void {
    if (this.#stopped) return;
    if (output.type === 'failed' || output.ended !== undefined) this.stop();
    this.#emit(output.type === 'failed' ? output : this.#complete(output));
    this.#refreshPartial();
  }

  /** Only now is it known what was said up to this step, which the next owner must know, too. */
  #complete({ snapshot, decoded, ...commit }: PendingCommit): RecognizerOutput {
    const after = this.#settings.kind === 'job' ? afterJobCommit : afterCommit;
    this.#spoken = after(this.#spoken, commit.final, decoded);
    return { ...commit, state: encodeState({ ...snapshot, spoken: this.#spoken }) };
  }

  /**
   * What an utterance's decode must wait for: its text depends on what was said before, and a new owner of the session, who
   * knows that, must get the same.
   */
  #knownBefore(): Promise<void> | undefined {
    const { kind, language } = this.#settings;
    if (!this.#parts.engineRemembers || this.#commits.empty) return undefined;
    if (kind === 'live') return this.#commits.settled();
    const clear = (): boolean => language !== null || this.#spoken.language !== null;
    return clear() ? undefined : this.#commits.settled(clear);
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      // No await between finding nothing to do and leaving: what is written in between would be left lying.
      while (!this.#stopped) {
        const windows = this.#readyWindows();
        if (windows > 0) await this.#judge(windows);
        else if (!this.#takeNext()) break;
      }
    } catch (error) {
      this.#release({ type: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
    } finally {
      this.#pumping = false;
    }
  }

  /** Moves audio from the inbox to the buffer; returns how many windows can be judged now. */
  #readyWindows(): number {
    while (this.#inbox[0]?.type === 'audio' && this.#buffered() < MAX_WINDOWS * WINDOW_SAMPLES) {
      this.#buffer.append((this.#inbox.shift() as { pcm16: Int16Array }).pcm16);
    }
    return Math.min(MAX_WINDOWS, Math.floor(this.#buffered() / WINDOW_SAMPLES));
  }

  /** Handles the gap or mark that is next; false if there is none. */
  #takeNext(): boolean {
    const next = this.#inbox[0];
    if (next === undefined || next.type === 'audio') return false;
    this.#inbox.shift();
    if (next.type === 'gap') this.#jump(next);
    else this.#answer(next.index, next.mark);
    return true;
  }

  #buffered(): Samples {
    return this.#buffer.end - this.#endpointer.position;
  }

  async #judge(windows: number): Promise<void> {
    const from = this.#endpointer.position;
    const pcm16 = this.#buffer.copy(from - CONTEXT_SAMPLES, from + windows * WINDOW_SAMPLES);
    const powers = Array.from({ length: windows }, (_, w) => {
      const at = CONTEXT_SAMPLES + w * WINDOW_SAMPLES;
      return framePowers(pcm16.subarray(at, at + WINDOW_SAMPLES));
    });
    const { probabilities, states } = await this.#parts.detector.detect({ pcm16, state: this.#detectorState });
    if (this.#stopped) return;
    for (let w = 0; w < windows; w++) {
      this.#detectorState = states[w]!;
      for (const event of this.#endpointer.step(probabilities[w]!, powers[w]!)) this.#react(event);
    }
    this.#commitSilence();
    this.#buffer.dropBefore(Math.min(this.#endpointer.needed, this.#endpointer.position - CONTEXT_SAMPLES));
    this.#refreshPartial();
  }

  #react(event: EndpointEvent): void {
    switch (event.type) {
      case 'started':
        if (!event.continued) this.#show({ type: 'speech_started', at: event.at });
        this.#beginUtterance(event.number, event.at);
        break;
      case 'paused':
        this.#speculate(event.utterance);
        break;
      case 'resumed':
        this.#finals.dropSpeculation();
        break;
      case 'ended':
        this.#decodeFinal(event);
        break;
      case 'discarded':
        this.#endUtterance();
        this.#finals.dropSpeculation();
        this.#show({ type: 'speech_ended', at: event.lastSound });
        this.#commit({});
        break;
    }
  }

  #beginUtterance(number: number, onset: Samples): void {
    const { sessionId, firstPartialMs } = this.#settings;
    this.#hypotheses = new Hypotheses(
      {
        sessionId,
        scheduler: this.#parts.scheduler,
        firstAfter: samplesFromMs(firstPartialMs),
        hints: this.#settings,
        spoken: () => this.#spoken,
        show: (partial) => {
          if (this.#settings.partialResults) this.#show(partial);
        },
      },
      number,
      onset,
    );
  }

  #endUtterance(): void {
    this.#hypotheses?.close();
    this.#hypotheses = undefined;
  }

  #refreshPartial(): void {
    const open = this.#endpointer.open;
    if (!this.#settings.partialResults || this.#hypotheses === undefined || open === null) return;
    // While an earlier utterance waits for its final, nothing of this one is shown before it.
    const late = this.#received - this.#endpointer.position > PARTIAL_BACKLOG;
    if (open.paused || !open.heard || late || !this.#commits.empty) return;
    this.#hypotheses.refresh({
      start: open.start,
      end: this.#buffer.end,
      copy: (from, to) => this.#buffer.copy(from, to),
    });
  }

  #speculate(utterance: Utterance): void {
    if (this.#settings.kind === 'job') return;
    this.#hypotheses?.yield();
    const hypotheses = this.#hypotheses;
    const ticket = this.#finals.speculate(utterance, this.#copyOf(utterance), hypotheses?.draft);
    ticket.result
      .then((result) => {
        if (result !== null && this.#commits.empty) hypotheses?.offer(result, utterance.start, utterance.end);
      })
      // The final that adopts this decode reports the failure; without one, nothing was lost.
      .catch(() => {});
  }

  #copyOf({ start, end }: Utterance): Int16Array {
    return this.#buffer.copy(start, end);
  }

  #decodeFinal({ utterance, lastSound, reason }: Extract<EndpointEvent, { type: 'ended' }>): void {
    const endKnownAt = this.#parts.clock.wall();
    const ticket = this.#finals.decode(utterance, () => this.#copyOf(utterance), this.#hypotheses?.draft);
    this.#endUtterance();
    if (reason !== 'max_utterance') this.#show({ type: 'speech_ended', at: lastSound });
    const boundary = this.#boundary(reason === 'max_utterance' ? utterance.end : this.#endpointer.position);
    this.#commits.add(
      this.#endpointer.position,
      ticket.result.then((result) => {
        if (result === null) throw new Error('A final decode was cancelled.');
        const commit = { type: 'commit', ...boundary, ...verdict(utterance, reason, this.#settings, result) } as const;
        const ended = reason !== 'max_utterance' && commit.final !== undefined;
        if (!ended || ticket.span === null) return commit;
        return { ...commit, timing: { lastSound, endKnownAt, decode: ticket.span } };
      }),
    );
  }

  #jump({ from, to, reason }: Extract<Entry, { type: 'gap' }>): void {
    // An utterance of which no audio is held any more, after a cut, is part of what was lost.
    if (this.#endpointer.open !== null && this.#endpointer.open.start < from) this.#flush(from, 'gap');
    else this.#endUtterance();
    this.#endpointer.restartAt(to);
    this.#detectorState = this.#parts.detector.initialState();
    this.#buffer.reset(to);
    this.#commit({ gap: { type: 'gap', from, to, reason } });
  }

  #answer(index: number, mark: RecognizerMark): void {
    if (index <= this.#marks) return;
    this.#flush(this.#buffer.end, FLUSH_REASON[mark.type]);
    // An end is never noted as answered: until its session is closed, whoever takes it must find it again.
    if (mark.type === 'end') {
      this.#commit({ ended: mark.reason });
      return;
    }
    // Only now: the final's own commit must leave the mark to be answered, should its owner die in between.
    this.#marks = index;
    if (mark.type === 'idle') return;
    const answered = { requestId: mark.requestId, mark: index };
    this.#flushed = rememberFlush(this.#flushed, answered);
    this.#commit({ flushed: answered });
  }

  #flush(at: Samples, reason: FinalReason): void {
    for (const event of this.#endpointer.flush(at, reason)) this.#react(event);
  }

  /** Adds a step at the present place: after everything that is still being decoded. */
  #commit(step: Pick<Extract<RecognizerOutput, { type: 'commit' }>, 'gap' | 'flushed' | 'ended'>): void {
    this.#committedSilence = this.#endpointer.position;
    this.#commits.add(this.#endpointer.position, {
      type: 'commit',
      ...this.#boundary(this.#endpointer.position),
      ...step,
    });
  }

  #commitSilence(): void {
    const quiet = this.#endpointer.open === null && this.#commits.empty;
    if (quiet && this.#endpointer.position - this.#committedSilence >= SILENCE_STEP) this.#commit({});
  }

  #boundary(cursor: Samples): Pick<PendingCommit, 'cursor' | 'snapshot' | 'marks'> {
    const snapshot = {
      endpointer: this.#endpointer.snapshot(),
      detector: this.#detectorState,
      detectorName: this.#parts.detector.name,
      marks: this.#marks,
      flushed: this.#flushed,
    };
    return { cursor, snapshot, marks: this.#marks };
  }

  #show(event: Extract<RecognizerOutput, { type: 'show' }>['event']): void {
    if (!this.#stopped) this.#emit({ type: 'show', event });
  }
}
