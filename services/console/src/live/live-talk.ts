import { signal } from '@preact/signals';
import type { ClientEvent, ConnectionChange } from '@verbatim/client';
import { connectionWords } from './connection-words.ts';
import type { LiveChoices } from './live-choices.ts';
import { levelOf, SILENT, shownLevel } from './microphone/level.ts';
import { SoundWatch } from './microphone/sound-watch.ts';
import { afterEvent, NOTHING_SAID, type Talk, withNewSession, withoutOpen } from './talk.ts';
import type { TalkMemory } from './talk-memory.ts';
import { type RunDeps, type RunListener, TalkRun } from './talk-run.ts';

/** `overdue`: the last words take so long to come that their speaker may want to go without them. */
export type Phase = 'idle' | 'starting' | 'live' | 'stopping' | 'overdue';

export interface LiveTalkDeps extends RunDeps {
  readonly memory: Pick<TalkMemory, 'read' | 'write'>;
  /** Default: 4 s. */
  readonly overdueMs?: number;
}

/** How long good news of the connection stays. */
const NEWS_MS = 6_000;
/** A final takes a second, and several on a server that is behind. */
const OVERDUE_MS = 4_000;

const NO_SOUND =
  'The microphone gives no sound so far. If you are speaking, it is muted, or another one is the right one.';

/** What the page shows of a talk, from session to session. */
export class LiveTalk {
  readonly phase = signal<Phase>('idle');
  readonly talk = signal<Talk>(NOTHING_SAID);
  /** Why it does not go on, for the speaker to mend; null where all is well. */
  readonly problem = signal<string | null>(null);
  /** Quiet words on the connection; empty where there is nothing to say. */
  readonly connection = signal('');
  /** What the meter shows. */
  readonly level = signal(SILENT);
  /** Audio since Start. */
  readonly seconds = signal(0);
  readonly #deps: LiveTalkDeps;
  #run: TalkRun | null = null;
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
    const run = new TalkRun(this.#deps, this.#listener());
    this.#run = run;
    void run.over.then((problem) => this.#ended(problem));
    await run.start(choices);
    if (this.#run === run && this.phase.value === 'starting') this.phase.value = 'live';
  }

  /** Ends the talk; what was said last becomes final first. Once that is overdue, it is not waited for. */
  async stop(): Promise<void> {
    if (this.phase.value === 'overdue') return this.leave();
    if (this.phase.value !== 'live' && this.phase.value !== 'starting') return;
    this.phase.value = 'stopping';
    const timer = setTimeout(() => {
      if (this.phase.value === 'stopping') this.phase.value = 'overdue';
    }, this.#deps.overdueMs ?? OVERDUE_MS);
    void this.#run?.over.then(() => clearTimeout(timer));
    await this.#run?.stop();
  }

  /** Ends the talk at once, as when the page goes away. */
  leave(): void {
    this.#run?.giveUp();
  }

  /** Forgets all text. Only between talks. */
  clear(): void {
    if (this.phase.value !== 'idle') return;
    this.talk.value = NOTHING_SAID;
    this.#deps.memory.write([]);
    this.problem.value = null;
    this.#say('');
  }

  #listener(): RunListener {
    const watch = new SoundWatch();
    let levelAt = this.#deps.now();
    return {
      onEvent: (event, heardAt) => this.#take(event, heardAt),
      onConnection: (change) => this.#tellConnection(change),
      onBlock: (block) => {
        const now = this.#deps.now();
        this.level.value = shownLevel(this.level.value, levelOf(block), (now - levelAt) / 1000);
        levelAt = now;
        const sound = watch.take(block, now);
        if (sound === 'missing') this.problem.value ??= NO_SOUND;
        else if (sound === 'heard' && this.problem.value === NO_SOUND) this.problem.value = null;
      },
      onSeconds: (seconds) => {
        this.seconds.value = seconds;
      },
      onDeaf: () => {
        this.level.value = SILENT;
      },
      onLost: () => void this.stop(),
    };
  }

  #take(event: ClientEvent, heardAt: (sample: number) => number | null): void {
    this.talk.value = afterEvent(this.talk.value, event, { now: this.#deps.now(), heardAt });
    if (event.type === 'final') this.#deps.memory.write(this.talk.value.finals);
  }

  #tellConnection(change: ConnectionChange): void {
    this.#say(connectionWords(change), change.state === 'lost' ? undefined : NEWS_MS);
  }

  #ended(problem: string | null): void {
    this.#run = null;
    this.problem.value = problem;
    this.#say('');
    this.phase.value = 'idle';
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
