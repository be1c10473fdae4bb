import { signal } from '@preact/signals';
import type { ClientEvent, ConnectionChange, SessionRequest } from '@verbatim/client';
import { SAMPLE_RATE } from '@verbatim/contracts';
import { speechFields } from '../speech-choices.ts';
import { connectionWords } from './connection-words.ts';
import { endingWords } from './ending-words.ts';
import type { LiveChoices } from './live-choices.ts';
import { CaptureClock } from './microphone/capture-clock.ts';
import { Frames } from './microphone/frames.ts';
import { levelOf, SILENT, shownLevel } from './microphone/level.ts';
import type { MicrophoneOptions } from './microphone/microphone.ts';
import { afterEvent, NOTHING_SAID, type Talk, withNewSession, withoutOpen } from './talk.ts';
import type { TalkMemory } from './talk-memory.ts';

export type Phase = 'idle' | 'starting' | 'live' | 'stopping';

/** An open microphone. */
export interface OpenMicrophone {
  /** In hertz. */
  readonly rate: number;
  close(): Promise<void>;
}

/** A session on the server, as StreamClient is one. */
export interface OpenSession {
  events(): AsyncIterable<ClientEvent>;
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  abandon(): Promise<void>;
}

export interface LiveTalkDeps {
  /** Rejects with a sentence. */
  readonly openMicrophone: (options: MicrophoneOptions) => Promise<OpenMicrophone>;
  /** Rejects with a sentence. */
  readonly openSession: (
    request: SessionRequest,
    onConnection: (change: ConnectionChange) => void,
  ) => Promise<OpenSession>;
  readonly memory: Pick<TalkMemory, 'read' | 'write'>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** How long good news of the connection stays. */
const NEWS_MS = 6_000;
/** After Stop, the last words get this long. */
const LAST_WORDS_MS = 15_000;

/** One microphone, one session on the server, and the text that comes of it. */
export class LiveTalk {
  readonly phase = signal<Phase>('idle');
  readonly talk = signal<Talk>(NOTHING_SAID);
  /** Why it does not go on, for the speaker to mend; null where all is well. */
  readonly problem = signal<string | null>(null);
  /** Quiet words on the connection; empty where there is nothing to say. */
  readonly connection = signal('');
  /** What the meter shows, in decibels of full scale. */
  readonly level = signal(SILENT);
  /** Audio since Start. */
  readonly seconds = signal(0);
  readonly #deps: LiveTalkDeps;
  #stop: (() => Promise<void>) | null = null;
  #forgetNews = () => {};

  constructor(deps: LiveTalkDeps) {
    this.#deps = deps;
    const finals = deps.memory.read();
    this.talk.value = withNewSession({ ...NOTHING_SAID, finals });
  }

  /** Opens the microphone and a session; resolves when both run, or when `problem` says why not. */
  async start(choices: LiveChoices): Promise<void> {
    if (this.phase.value !== 'idle') return;
    this.phase.value = 'starting';
    this.problem.value = null;
    this.#say('');
    this.seconds.value = 0;
    this.talk.value = withNewSession(this.talk.value);
    const run = new Run(this, this.#deps);
    this.#stop = () => run.stop();
    try {
      await run.start(choices);
      if (this.phase.value === 'starting') this.phase.value = 'live';
      void run.over.then((problem) => this.#ended(problem));
    } catch (error) {
      this.#ended(messageOf(error));
    }
  }

  /** Ends the talk; what was said last becomes final first. */
  async stop(): Promise<void> {
    if (this.phase.value !== 'live' && this.phase.value !== 'starting') return;
    this.phase.value = 'stopping';
    await this.#stop?.();
  }

  /** Forgets all text. Only between talks. */
  clear(): void {
    if (this.phase.value !== 'idle') return;
    this.talk.value = NOTHING_SAID;
    this.#deps.memory.write([]);
    this.problem.value = null;
    this.#say('');
  }

  /** Of the run. */
  tell(event: ClientEvent, heardAt: (sample: number) => number | null): void {
    this.talk.value = afterEvent(this.talk.value, event, { now: this.#deps.now(), heardAt });
    if (event.type === 'final') this.#deps.memory.write(this.talk.value.finals);
  }

  /** Of the run. */
  tellConnection(change: ConnectionChange): void {
    this.#say(connectionWords(change), change.state === 'lost' ? undefined : NEWS_MS);
  }

  #ended(problem: string | null): void {
    this.#stop = null;
    this.problem.value = problem;
    this.phase.value = 'idle';
    this.level.value = SILENT;
    this.talk.value = withoutOpen(this.talk.value);
  }

  #say(words: string, forMs?: number): void {
    this.#forgetNews();
    this.connection.value = words;
    if (forMs === undefined) return;
    const timer = setTimeout(() => {
      this.connection.value = '';
    }, forMs);
    this.#forgetNews = () => clearTimeout(timer);
  }
}

/** From one Start to its Stop. */
class Run {
  /** Settles when the session is over: null, or why it ended although nobody stopped it. */
  readonly over: Promise<string | null>;
  readonly #talk: LiveTalk;
  readonly #deps: LiveTalkDeps;
  readonly #clock = new CaptureClock();
  /** Frames from before the session was open. */
  #early: Uint8Array[] | null = [];
  #samples = 0;
  #levelAt = 0;
  #frames: Frames | null = null;
  #blocks: Float32Array[] = [];
  #microphone: OpenMicrophone | null = null;
  #session: OpenSession | null = null;
  #isStopped = false;
  #problem: string | null = null;
  #end!: (problem: string | null) => void;

  constructor(talk: LiveTalk, deps: LiveTalkDeps) {
    this.#talk = talk;
    this.#deps = deps;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async start({ deviceId, ...choices }: LiveChoices): Promise<void> {
    this.#microphone = await this.#deps.openMicrophone({
      deviceId: deviceId ?? undefined,
      onBlock: (block) => this.#take(block),
      onEnd: () => this.#loseMicrophone(),
    });
    this.#frames = new Frames(this.#microphone.rate, (frame) => this.#send(frame));
    for (const block of this.#blocks.splice(0)) this.#take(block);
    try {
      if (!this.#isStopped) {
        this.#session = await this.#deps.openSession({ ...speechFields(choices) }, (change) =>
          this.#talk.tellConnection(change),
        );
      }
    } catch (error) {
      await this.#microphone.close();
      throw error;
    }
    if (this.#session === null) {
      await this.#microphone.close();
      return this.#end(null);
    }
    for (const frame of this.#early ?? []) void this.#session.write(frame);
    this.#early = null;
    if (this.#isStopped) this.#session.end();
    void this.#follow(this.#session);
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#microphone?.close();
    this.#frames?.flush();
    this.#talk.level.value = SILENT;
    const session = this.#session;
    if (session === null) return;
    session.end();
    const timer = setTimeout(() => void session.abandon(), LAST_WORDS_MS);
    await this.over;
    clearTimeout(timer);
  }

  async #follow(session: OpenSession): Promise<void> {
    try {
      for await (const event of session.events()) {
        if (event.type === 'error' && !event.recoverable) this.#problem = event.message;
        if (event.type === 'closed') this.#problem ??= endingWords(event.reason);
        this.#talk.tell(event, (sample) => this.#clock.timeOf(sample));
      }
    } catch (error) {
      this.#problem = messageOf(error);
    }
    if (!this.#isStopped) {
      this.#isStopped = true;
      await this.#microphone?.close();
    }
    this.#end(this.#problem);
  }

  #take(block: Float32Array): void {
    // The first blocks may come before their rate is known.
    if (this.#frames === null) this.#blocks.push(block);
    else if (!this.#isStopped) {
      this.#frames.push(block);
      const now = this.#deps.now();
      this.#talk.level.value = shownLevel(this.#talk.level.value, levelOf(block), (now - this.#levelAt) / 1000);
      this.#levelAt = now;
    }
  }

  #send(frame: Uint8Array): void {
    this.#samples += frame.length / 2;
    this.#clock.note(this.#samples, this.#deps.now());
    this.#talk.seconds.value = this.#samples / SAMPLE_RATE;
    if (this.#early === null) void this.#session!.write(frame);
    else this.#early.push(frame);
  }

  #loseMicrophone(): void {
    this.#problem = 'The microphone is gone: it was unplugged, or taken from this page. Press Start to go on.';
    void this.#talk.stop();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
