import { type CloseReason, sampledTraceId } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { LiveSessionStart } from './live-session.ts';
import type { Door, SessionDeps } from './options.ts';

/**
 * Writes the log of one connection's hold on a session. A session that closes gives one line at info, whichever connections it
 * had: the last one writes it.
 */
export class SessionLife {
  /** Names the session, and its trace, in each line. */
  readonly log: Logger;
  readonly #start: Pick<LiveSessionStart, 'spec' | 'openedAt' | 'begins'>;
  readonly #deps: Pick<SessionDeps, 'clock' | 'metrics'>;
  #isTold = false;
  #door: Door | undefined;
  #droppedSeconds = 0;

  constructor(
    deps: Pick<SessionDeps, 'clock' | 'log' | 'metrics'>,
    start: Pick<LiveSessionStart, 'spec' | 'trace' | 'openedAt' | 'begins'>,
  ) {
    const traceId = sampledTraceId(start.trace);
    this.#deps = deps;
    this.#start = start;
    this.log = deps.log.child({ sessionId: start.spec.sessionId, ...(traceId && { trace_id: traceId }) });
    this.log.debug(`session ${start.begins}`);
  }

  /** A client reads its events. */
  attached(door: Door | undefined): void {
    this.#door = door;
  }

  dropped(seconds: number): void {
    this.#deps.metrics?.dropped?.(seconds);
    this.#droppedSeconds += seconds;
  }

  /** Another connection has it now, and will tell how it ends. */
  moved(): void {
    this.#isTold = true;
    this.log.debug(this.#facts, 'session moved to another connection');
  }

  /** It is over. */
  closed(reason: CloseReason, counts: { readonly audioSeconds: number; readonly finals: number }): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const facts = { ...this.#facts, reason, audioSeconds: rounded(counts.audioSeconds), finals: counts.finals };
    if (this.#start.begins === 'replayed') {
      this.log.debug(facts, 'the end of a closed session was told again');
      return;
    }
    this.#deps.metrics?.closed?.(reason);
    this.log.info(facts, 'session closed');
  }

  /** This process has no more to do with it. Where it has neither closed nor moved, it stays as it is, for who resumes it. */
  letGo(): void {
    if (!this.#isTold) this.log.info(this.#facts, 'session let go before its end');
    this.#isTold = true;
  }

  get #facts() {
    const { spec, openedAt, begins } = this.#start;
    const seconds = Math.max(0, this.#deps.clock.wall() - openedAt) / 1000;
    return {
      ...{ door: this.#door, model: spec.model, language: spec.language, resumed: begins !== 'opened' },
      ...{ seconds: rounded(seconds), droppedSeconds: rounded(this.#droppedSeconds) },
    };
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
