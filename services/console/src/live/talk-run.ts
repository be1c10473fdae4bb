import type { ClientEvent, ConnectionChange, SessionRequest } from '@verbatim/client';
import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { speechFields } from '../speech-choices.ts';
import { endingWords } from './ending-words.ts';
import type { LiveChoices } from './live-choices.ts';
import { CaptureClock } from './microphone/capture-clock.ts';
import { Frames } from './microphone/frames.ts';
import type { MicrophoneOptions } from './microphone/microphone.ts';
import { serverProblem } from './server-problem.ts';

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

export interface RunDeps {
  /** Rejects with a sentence. */
  readonly openMicrophone: (options: MicrophoneOptions) => Promise<OpenMicrophone>;
  /** Rejects for `serverProblem` to explain. The signal ends the attempt. */
  readonly openSession: (
    request: SessionRequest,
    options: { readonly signal: AbortSignal; readonly onConnection: (change: ConnectionChange) => void },
  ) => Promise<OpenSession>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Who is told what happens. */
export interface RunListener {
  onEvent(event: ClientEvent, heardAt: (sample: Samples) => number | null): void;
  onConnection(change: ConnectionChange): void;
  /** Mono samples from -1 to 1, as the microphone gives them. */
  onBlock(block: Float32Array): void;
  /** So much was heard since the start. */
  onSeconds(seconds: number): void;
  /** No more blocks come. */
  onDeaf(): void;
  /** The microphone is gone. */
  onLost(): void;
}

/** What is said while Stop is pressed is still on its way through the device, the system and the browser. */
const ON_ITS_WAY_MS = 200;

const LOST = 'The microphone is gone: it was unplugged, or taken from this page. Press Start to go on.';

/** From one Start to its Stop: a microphone and a session. */
export class TalkRun {
  /** Settles when it is over: null, or why it ended although nobody stopped it. */
  readonly over: Promise<string | null>;
  readonly #deps: RunDeps;
  readonly #listener: RunListener;
  readonly #clock = new CaptureClock();
  readonly #givenUp = new AbortController();
  /** Frames from before the session was open. */
  #early: Uint8Array[] | null = [];
  /** Blocks from before their rate was known. */
  #blocks: Float32Array[] = [];
  #samples = 0;
  #frames: Frames | null = null;
  #microphone: OpenMicrophone | null = null;
  #session: OpenSession | null = null;
  #isStopped = false;
  /** The microphone is closed, and all that it heard is handed on. */
  #isDeaf = false;
  #closing: Promise<void> | null = null;
  #problem: string | null = null;
  #end!: (problem: string | null) => void;

  constructor(deps: RunDeps, listener: RunListener) {
    this.#deps = deps;
    this.#listener = listener;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Opens both; resolves when both are open, or when it is over. */
  async start({ deviceId, ...choices }: LiveChoices): Promise<void> {
    try {
      await this.#listen(deviceId);
      if (this.#isStopped) return await this.#close(null);
      this.#session = await this.#deps.openSession(
        { ...speechFields(choices) },
        { signal: this.#givenUp.signal, onConnection: (change) => this.#listener.onConnection(change) },
      );
    } catch (error) {
      return this.#close(this.#givenUp.signal.aborted ? null : serverProblem(error, false));
    }
    if (this.#givenUp.signal.aborted) return this.#session.abandon();
    for (const frame of this.#early ?? []) void this.#session.write(frame);
    this.#early = null;
    if (this.#isDeaf) this.#session.end();
    void this.#follow(this.#session);
  }

  /** Ends it; what was said last becomes final first. Resolves when it is over. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    // Without a microphone, `start` sees that it was stopped.
    if (this.#microphone === null) return;
    await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
    await this.#hush();
    this.#session?.end();
    await this.over;
  }

  /** Ends it at once, without the text that has not come yet. Tells the server, so that it keeps no place for this page. */
  giveUp(): void {
    this.#isStopped = true;
    this.#givenUp.abort();
    void this.#session?.abandon();
    void this.#close(this.#problem);
  }

  async #listen(deviceId: string | null): Promise<void> {
    const microphone = await this.#deps.openMicrophone({
      deviceId: deviceId ?? undefined,
      onBlock: (block) => this.#take(block),
      onEnd: () => this.#lose(),
    });
    if (this.#isDeaf) return microphone.close();
    this.#microphone = microphone;
    this.#frames = new Frames(microphone.rate, (frame) => this.#send(frame));
    for (const block of this.#blocks.splice(0)) this.#take(block);
  }

  async #follow(session: OpenSession): Promise<void> {
    try {
      for await (const event of session.events()) {
        if (this.#givenUp.signal.aborted) return;
        if (event.type === 'error' && !event.recoverable) this.#problem = event.message;
        if (event.type === 'closed') this.#problem ??= endingWords(event.reason);
        this.#listener.onEvent(event, (sample) => this.#clock.timeOf(sample));
      }
    } catch (error) {
      this.#problem = serverProblem(error, true);
    }
    await this.#close(this.#problem);
  }

  async #close(problem: string | null): Promise<void> {
    this.#isStopped = true;
    await this.#hush();
    this.#end(problem);
  }

  #hush(): Promise<void> {
    this.#closing ??= this.#closeMicrophone();
    return this.#closing;
  }

  async #closeMicrophone(): Promise<void> {
    await this.#microphone?.close();
    this.#frames?.flush();
    this.#isDeaf = true;
    this.#listener.onDeaf();
  }

  #take(block: Float32Array): void {
    if (this.#isDeaf) return;
    if (this.#frames === null) {
      this.#blocks.push(block);
      return;
    }
    this.#frames.push(block);
    this.#listener.onBlock(block);
  }

  #send(frame: Uint8Array): void {
    this.#samples += frame.length / 2;
    this.#clock.note(this.#samples, this.#deps.now());
    this.#listener.onSeconds(this.#samples / SAMPLE_RATE);
    if (this.#early !== null) this.#early.push(frame);
    else void this.#session?.write(frame);
  }

  #lose(): void {
    if (this.#isStopped) return;
    this.#problem = LOST;
    this.#listener.onLost();
  }
}
