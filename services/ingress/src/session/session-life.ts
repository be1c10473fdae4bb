import { type CloseReason, sampledTraceId } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { LiveSessionStart } from './live-session.ts';
import type { Door, SessionDeps } from './options.ts';

/** Writes the log of one connection's hold on a session: one line for its whole life, and its troubles. */
export class SessionLife {
  /** Names the session, and its trace, in each line. */
  readonly log: Logger;
  readonly #start: Pick<LiveSessionStart, 'spec' | 'nextSample' | 'handover'>;
  readonly #deps: Pick<SessionDeps, 'clock'>;
  readonly #began: number;
  #door: Door | undefined;
  #droppedSeconds = 0;

  constructor(
    deps: Pick<SessionDeps, 'clock' | 'log'>,
    start: Pick<LiveSessionStart, 'spec' | 'trace' | 'nextSample' | 'handover'>,
  ) {
    const traceId = sampledTraceId(start.trace);
    this.#deps = deps;
    this.#start = start;
    this.#began = deps.clock.now();
    this.log = deps.log.child({ sessionId: start.spec.sessionId, ...(traceId && { trace_id: traceId }) });
    this.log.debug({ resumed: this.#resumed }, 'session open');
  }

  /** A client reads its events. */
  attached(door: Door | undefined): void {
    this.#door = door;
  }

  dropped(seconds: number): void {
    this.#droppedSeconds += seconds;
  }

  /** Another connection has it now, and will tell how it ends. */
  moved(): void {
    this.log.debug('session moved to another connection');
  }

  /** It is over. */
  closed(reason: CloseReason, counts: { readonly audioSeconds: number; readonly finals: number }): void {
    const { model, language, overflow } = this.#start.spec;
    const openSeconds = (this.#deps.clock.now() - this.#began) / 1000;
    this.log.info(
      {
        ...{ reason, door: this.#door, model, language, resumed: this.#resumed },
        ...{ openSeconds: rounded(openSeconds), audioSeconds: rounded(counts.audioSeconds), finals: counts.finals },
        ...(overflow === 'drop_oldest' && { droppedSeconds: rounded(this.#droppedSeconds) }),
      },
      'session closed',
    );
  }

  get #resumed(): boolean {
    return this.#start.handover !== null || this.#start.nextSample > 0;
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
