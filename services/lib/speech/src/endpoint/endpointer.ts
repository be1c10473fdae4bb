import { type FinalReason, type Samples, samplesFromMs } from '@verbatim/contracts';
import { WINDOW_SAMPLES } from '../audio-window.ts';
import { bestCut } from './best-cut.ts';
import { QuietMeter, type QuietMeterState } from './quiet-meter.ts';

/** All lengths in samples, except where the name says otherwise. */
export interface EndpointerOptions {
  /** Probability at which speech starts. */
  readonly on: number;
  /** Probability below which silence starts; between the two, what was goes on (hysteresis). */
  readonly off: number;
  /** Windows in a row at or above `on` that make a start: one window alone is a click. */
  readonly onWindows: number;
  /** Audio before the start that belongs to the utterance: quiet first consonants. */
  readonly preRoll: Samples;
  /** Audio after the end that belongs to the utterance; the speculative decode starts when it is complete. */
  readonly postRoll: Samples;
  /** Silence that ends an utterance, counted from its last sound. */
  readonly silence: Samples;
  /**
   * How far before the detector's silence the last sound may lie. With 128 ms, live text has 10.1% word errors over the
   * English clips where whole clips have 9.7%; with 160 ms 10.6%, because pauses inside sentences end utterances.
   */
  readonly detectorTail: Samples;
  /** An utterance this long is cut at its best pause. */
  readonly maxUtterance: Samples;
  /** An utterance with fewer windows at or above `on` holds no word. */
  readonly minSpeechWindows: number;
}

/** How much audio around speech an engine gets, in milliseconds. */
export interface Rolls {
  readonly preRollMs: number;
  readonly postRollMs: number;
}

/**
 * Thresholds 0.5 / 0.35 are Silero's own (its VADIterator: threshold and threshold - 0.15). With Moonshine a post-roll of
 * 200 ms gave 6.9% WER over the English clips where 0 to 130 ms gave 7.5%.
 */
export function endpointerOptions(
  settings: { readonly silenceMs: number; readonly maxUtteranceMs: number },
  { preRollMs, postRollMs }: Rolls,
): EndpointerOptions {
  const silence = samplesFromMs(settings.silenceMs);
  return {
    on: 0.5,
    off: 0.35,
    onWindows: 2,
    preRoll: samplesFromMs(preRollMs),
    postRoll: Math.min(samplesFromMs(postRollMs), silence),
    silence,
    detectorTail: Math.min(samplesFromMs(128), silence / 2),
    maxUtterance: samplesFromMs(settings.maxUtteranceMs),
    minSpeechWindows: 4,
  };
}

/** A stretch of speech. */
export interface Utterance {
  readonly number: number;
  readonly start: Samples;
  readonly end: Samples;
}

export type EndpointEvent =
  /** `at` is where speech was heard, `start` where the utterance's audio begins. `continued`: the one before was cut here. */
  | {
      readonly type: 'started';
      readonly number: number;
      readonly start: Samples;
      readonly at: Samples;
      readonly continued: boolean;
    }
  /** Silence has lasted for the post-roll: if it goes on, the utterance is this. */
  | { readonly type: 'paused'; readonly utterance: Utterance }
  /** Speech went on after `paused`. */
  | { readonly type: 'resumed' }
  /** The utterance is complete. `lastSound` is where its speech ended, which its post-roll follows. */
  | {
      readonly type: 'ended';
      readonly utterance: Utterance;
      readonly lastSound: Samples;
      readonly reason: FinalReason;
    }
  /** What had started was too short to hold a word. */
  | { readonly type: 'discarded'; readonly utterance: Utterance; readonly lastSound: Samples };

/** JSON-friendly; complete: an endpointer made from it goes on exactly as the one that it was taken from. */
export interface EndpointerState {
  readonly position: Samples;
  readonly floor: Samples;
  readonly utterances: number;
  /** Windows in a row at or above `on` while no utterance is open. */
  readonly rising: number;
  readonly open: {
    readonly start: Samples;
    readonly speechWindows: number;
    /** Start of the silence that may end the utterance; null while there is speech. */
    readonly silentSince: Samples | null;
    readonly paused: boolean;
    /** Position of the first window in `probability` and `power`. */
    readonly historyStart: Samples;
    /** Of each window since: probability in 1/255. */
    readonly probability: readonly number[];
    /** Of each window since: mean power in whole dB. */
    readonly power: readonly number[];
    readonly quiet: QuietMeterState;
  } | null;
}

/** What others may know of the open utterance. */
export interface OpenView {
  readonly number: number;
  readonly start: Samples;
  /** Silence has lasted for the post-roll. */
  readonly paused: boolean;
  /** There has been enough speech for a word. */
  readonly heard: boolean;
}

interface OpenUtterance {
  start: Samples;
  speechWindows: number;
  silentSince: Samples | null;
  paused: boolean;
  historyStart: Samples;
  probability: number[];
  power: number[];
  quiet: QuietMeter;
}

/** A window is taken for over when it is half over: ends come on average when they should, not half a window late. */
const ROUNDING: Samples = WINDOW_SAMPLES / 2;

/**
 * Finds where utterances start and end. A state machine over windows: no clock, no I/O, so the same audio always gives
 * the same utterances.
 */
export class Endpointer {
  readonly #options: EndpointerOptions;
  #position: Samples;
  #floor: Samples;
  #utterances: number;
  #rising: number;
  #open: OpenUtterance | null;

  constructor(options: EndpointerOptions, state?: EndpointerState) {
    this.#options = options;
    this.#position = state?.position ?? 0;
    this.#floor = state?.floor ?? 0;
    this.#utterances = state?.utterances ?? 0;
    this.#rising = state?.rising ?? 0;
    this.#open = state?.open
      ? {
          ...state.open,
          probability: [...state.open.probability],
          power: [...state.open.power],
          quiet: new QuietMeter(state.open.quiet),
        }
      : null;
  }

  /** Where the next window starts. */
  get position(): Samples {
    return this.#position;
  }

  /** Audio before this is part of ended utterances or older than any coming utterance's pre-roll. */
  get needed(): Samples {
    return this.#open?.start ?? Math.max(this.#floor, this.#position - this.#options.preRoll - this.#risingSamples());
  }

  /** Null while no utterance is open. */
  get open(): OpenView | null {
    if (this.#open === null) return null;
    const { start, paused, speechWindows } = this.#open;
    return { number: this.#utterances, start, paused, heard: speechWindows >= this.#options.minSpeechWindows };
  }

  snapshot(): EndpointerState {
    const open = this.#open;
    return {
      position: this.#position,
      floor: this.#floor,
      utterances: this.#utterances,
      rising: this.#rising,
      open: open && {
        ...open,
        probability: [...open.probability],
        power: [...open.power],
        quiet: open.quiet.snapshot(),
      },
    };
  }

  /** Takes the next window: its speech probability and the power of its frames in dB. */
  step(probability: number, powers: readonly number[]): EndpointEvent[] {
    const at = this.#position;
    this.#position += WINDOW_SAMPLES;
    if (this.#open === null) return this.#stepClosed(probability, powers);
    this.#open.quiet.step(at, powers);
    return this.#stepOpen(this.#open, probability, powers);
  }

  /** Ends what is open at `at`, as if silence had come; `at` may lie up to a window past the position. */
  flush(at: Samples, reason: FinalReason): EndpointEvent[] {
    const open = this.#open;
    if (open === null) return [];
    const end = open.silentSince === null ? at : Math.min(at, open.silentSince + this.#options.postRoll);
    const events = this.#end(open, end, reason);
    // What was too short for a word stays in reach of the next pre-roll: it may be the beginning of one.
    if (events[0]?.type === 'ended') this.#floor = at;
    return events;
  }

  /** Goes on at `position` with nothing open: the audio before it is gone. */
  restartAt(position: Samples): void {
    this.#position = position;
    this.#floor = position;
    this.#rising = 0;
    this.#open = null;
  }

  #risingSamples(): Samples {
    return this.#rising * WINDOW_SAMPLES;
  }

  #stepClosed(probability: number, powers: readonly number[]): EndpointEvent[] {
    const { on, onWindows, preRoll } = this.#options;
    this.#rising = probability >= on ? this.#rising + 1 : 0;
    if (this.#rising < onWindows) return [];
    const onset = Math.max(this.#floor, this.#position - this.#risingSamples());
    const start = Math.max(this.#floor, onset - preRoll);
    this.#open = {
      start,
      speechWindows: this.#rising,
      silentSince: null,
      paused: false,
      historyStart: this.#position - WINDOW_SAMPLES,
      probability: [Math.round(probability * 255)],
      power: [meanPower(powers)],
      quiet: new QuietMeter({ peak: Math.max(...powers), loudUntil: this.#position }),
    };
    this.#rising = 0;
    this.#utterances++;
    return [{ type: 'started', number: this.#utterances, start, at: onset, continued: false }];
  }

  #stepOpen(open: OpenUtterance, probability: number, powers: readonly number[]): EndpointEvent[] {
    const { on, off, postRoll, silence, maxUtterance } = this.#options;
    open.probability.push(Math.round(probability * 255));
    open.power.push(meanPower(powers));
    const events: EndpointEvent[] = [];
    if (probability >= on) {
      open.speechWindows++;
      open.silentSince = null;
      if (open.paused) events.push({ type: 'resumed' });
      open.paused = false;
    } else if (probability < off) {
      open.silentSince ??= this.#position - WINDOW_SAMPLES;
    }
    if (open.silentSince !== null) {
      const silent = this.#position - open.silentSince;
      const end = open.silentSince + postRoll;
      const sinceSound = this.#position - this.#lastSound(open, open.silentSince);
      if (silent >= postRoll && sinceSound + ROUNDING >= silence) {
        events.push(...this.#end(open, end, 'silence'));
        this.#floor = end;
        return events;
      }
      if (silent >= postRoll && !open.paused) {
        open.paused = true;
        events.push({ type: 'paused', utterance: { number: this.#utterances, start: open.start, end } });
      }
    }
    if (this.#position - open.start >= maxUtterance) events.push(...this.#cut(open));
    return events;
  }

  /** Where the sound before the silence ended: at most the detector's tail before the detector noticed. */
  #lastSound(open: OpenUtterance, silentSince: Samples): Samples {
    return Math.max(silentSince - this.#options.detectorTail, Math.min(silentSince, open.quiet.loudUntil));
  }

  #end(open: OpenUtterance, end: Samples, reason: FinalReason): EndpointEvent[] {
    this.#open = null;
    const utterance = { number: this.#utterances, start: open.start, end };
    const lastSound = open.silentSince === null ? end : this.#lastSound(open, open.silentSince);
    return open.speechWindows < this.#options.minSpeechWindows
      ? [{ type: 'discarded', utterance, lastSound }]
      : [{ type: 'ended', utterance, lastSound, reason }];
  }

  /** Ends the open utterance at its best pause and opens the next one right there. */
  #cut(open: OpenUtterance): EndpointEvent[] {
    const window = bestCut(open.probability, open.power);
    const at = open.historyStart + window * WINDOW_SAMPLES + WINDOW_SAMPLES / 2;
    const utterance = { number: this.#utterances, start: open.start, end: at };
    this.#utterances++;
    this.#floor = at;
    const probability = open.probability.slice(window + 1);
    this.#open = {
      start: at,
      speechWindows: probability.filter((p) => p >= this.#options.on * 255).length,
      silentSince: open.silentSince === null ? null : Math.max(at, open.silentSince),
      paused: false,
      historyStart: open.historyStart + (window + 1) * WINDOW_SAMPLES,
      probability,
      power: open.power.slice(window + 1),
      quiet: open.quiet,
    };
    return [
      { type: 'ended', utterance, lastSound: at, reason: 'max_utterance' },
      { type: 'started', number: this.#utterances, start: at, at, continued: true },
    ];
  }
}

/** The mean of decibels, not of powers: one loud frame does not hide a pause. */
const meanPower = (powers: readonly number[]): number =>
  Math.round(powers.reduce((sum, power) => sum + power, 0) / powers.length);
