import type { AudioLog, Mark } from '@verbatim/bus';
import { type Clock, SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { Coalescer, type PlacedAudio } from './coalescer.ts';
import type { FlowControl } from './flow-control.ts';
import type { AudioIntake } from './intake.ts';

/** How long a chunk shorter than the least waits for more audio. */
const REST_WAIT_MS = 20;
/** A write to the log that takes longer than this waits for a server that is away. */
const STALL_MS = 500;

type Item = ({ readonly type: 'audio' } & PlacedAudio) | { readonly type: 'mark'; readonly mark: Mark };

export interface FeederOptions {
  readonly sessionId: string;
  readonly log: AudioLog;
  readonly intake: AudioIntake;
  readonly flow: FlowControl;
  readonly clock: Clock;
  /** Shorter chunks of audio are put together before they go into the log. */
  readonly minChunk: Samples;
  /** Audio from here on is not taken. */
  readonly maxSample: Samples;
  /** Whether the session is still this door's: another one may have taken it while this process stood still. */
  readonly mayMark: () => Promise<boolean>;
  /** A mark is in the log, under this index. */
  readonly onMarked: (mark: Mark, index: number) => void;
  /** All audio before `head` is in the log. */
  readonly onLogged: (head: Samples) => void;
  /** Called once, with the first audio at `maxSample`. */
  readonly onLimit: () => void;
  /** Audio taken in, in seconds. */
  readonly onTaken: (seconds: number) => void;
  /** Audio given up under `drop_oldest`, in seconds. */
  readonly onDropped: (seconds: number) => void;
  /** The audio log failed; what was queued is gone. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Moves one client's audio and marks, in order, into the audio log: normalised, in chunks of up to 100 ms, and no
 * faster than flow control allows.
 */
export class AudioFeeder {
  readonly #options: FeederOptions;
  readonly #coalescer: Coalescer;
  #queue: Item[] = [];
  #waiting: (() => void)[] = [];
  #pumping: Promise<void> | null = null;
  #stopRestTimer: (() => void) | null = null;
  #stopped = false;
  /** When the write under way began; null between writes. */
  #movingSince: number | null = null;
  #movedAt: number;
  #full = false;
  #endLogged = false;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#coalescer = new Coalescer(options.minChunk);
    this.#movedAt = options.clock.now();
  }

  /** Whether a client is being held back. */
  get holdsBack(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether anything waits to be written. */
  get busy(): boolean {
    return this.#pumping !== null || this.#queue.length > 0 || this.#coalescer.pending > 0;
  }

  /** When something was written last. */
  get movedAt(): number {
    return this.#movedAt;
  }

  /** The audio time of the next sample that the client has not sent yet. */
  get head(): Samples {
    return this.#options.intake.head;
  }

  /** Whether the end of the session's audio is in the log. */
  get endLogged(): boolean {
    return this.#endLogged;
  }

  /** Takes bytes in; throws what the intake throws, with nothing consumed. */
  write(bytes: Uint8Array, firstSample?: Samples): void {
    if (this.#stopped || this.#full) return;
    for (const audio of this.#options.intake.push(bytes, firstSample)) this.#take(audio);
    this.#watchRest();
    this.#dropExcess();
    this.#pump();
  }

  /** Resolves when the client may send more; at once when the feeder has stopped. */
  ready(): Promise<void> {
    if (this.#stopped || this.#options.flow.maySend) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Puts a mark behind all audio so far. An end also takes what the resampler still holds, and is the last. */
  mark(mark: Mark): void {
    if (this.#stopped) return;
    if (mark.type === 'end' && !this.#full) {
      for (const audio of this.#options.intake.flush()) this.#take(audio);
      this.#full = true;
    }
    this.flushRest();
    this.#queue.push({ type: 'mark', mark });
    this.#pump();
  }

  /** Sends a chunk that waits for more audio as it is. */
  flushRest(): void {
    this.#forgetRest();
    this.#enqueue(this.#coalescer.flush());
    this.#pump();
  }

  /** What the owner says it has decoded. */
  decoded(sample: Samples): void {
    this.#options.flow.decoded(sample);
    // Also while a pump is about to end, which would not look again.
    if (this.#options.flow.maySend) this.letGo();
    this.#pump();
  }

  /** Lets waiting clients go. */
  letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Writes no more and lets waiting clients go. */
  stop(): void {
    this.#stopped = true;
    this.#forgetRest();
    this.#queue = [];
    this.letGo();
  }

  /** Resolves when no write to the log is under way. */
  async settled(): Promise<void> {
    await this.#pumping;
  }

  /** The wait counts from the oldest sample that waits: a client of single bytes must not put it off for ever. */
  #watchRest(): void {
    if (this.#coalescer.pending === 0) this.#forgetRest();
    else this.#stopRestTimer ??= this.#options.clock.after(REST_WAIT_MS, () => this.flushRest());
  }

  #forgetRest(): void {
    this.#stopRestTimer?.();
    this.#stopRestTimer = null;
  }

  #take({ at, pcm16 }: PlacedAudio): void {
    const room = Math.max(0, this.#options.maxSample - at);
    const taken = pcm16.length > room ? pcm16.subarray(0, room) : pcm16;
    this.#options.onTaken(taken.length / SAMPLE_RATE);
    this.#enqueue(this.#coalescer.add({ at, pcm16: taken }));
    if (pcm16.length > room && !this.#full) {
      this.#full = true;
      this.#options.onLimit();
    }
  }

  #enqueue(chunks: readonly PlacedAudio[]): void {
    for (const chunk of chunks) {
      this.#queue.push({ type: 'audio', ...chunk });
      this.#options.flow.queued(chunk.pcm16.length);
    }
  }

  #dropExcess(): void {
    const stalledMs = this.#movingSince === null ? 0 : this.#options.clock.now() - this.#movingSince;
    if (stalledMs > STALL_MS) this.#options.flow.stalled();
    let dropped = 0;
    while (this.#options.flow.excess > 0) {
      const index = this.#queue.findIndex((item) => item.type === 'audio');
      const item = this.#queue[index];
      if (item?.type !== 'audio') break;
      this.#queue.splice(index, 1);
      this.#options.flow.dropped(item.pcm16.length);
      dropped += item.pcm16.length;
    }
    if (dropped > 0) this.#options.onDropped(dropped / SAMPLE_RATE);
  }

  #pump(): void {
    if (this.#pumping !== null || this.#stopped) return;
    this.#pumping = this.#drain()
      .catch((error: unknown) => {
        this.#queue = [];
        this.#movingSince = null;
        this.letGo();
        this.#options.onFailure(error);
      })
      .finally(() => {
        this.#pumping = null;
        if (this.#mayMove) this.#pump();
      });
  }

  get #mayMove(): boolean {
    const next = this.#queue[0];
    return next !== undefined && (next.type === 'mark' || this.#options.flow.mayLog);
  }

  async #drain(): Promise<void> {
    while (this.#mayMove) {
      this.#movingSince = this.#options.clock.now();
      await this.#move(this.#queue.shift()!);
      this.#movingSince = null;
      this.#movedAt = this.#options.clock.now();
    }
    if (this.#options.flow.maySend) this.letGo();
  }

  async #move(item: Item): Promise<void> {
    const { log, sessionId, flow, mayMark, onMarked, onLogged } = this.#options;
    if (item.type === 'audio') {
      await log.append(sessionId, item.at, item.pcm16);
      flow.logged(item.pcm16.length, item.at + item.pcm16.length);
      onLogged(item.at + item.pcm16.length);
      return;
    }
    const index = await log.mark(sessionId, item.mark, mayMark);
    this.#endLogged ||= item.mark.type === 'end';
    onMarked(item.mark, index);
  }
}
