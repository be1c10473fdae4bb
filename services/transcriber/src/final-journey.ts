import type { AudioEntry, Bus, Claim } from '@verbatim/bus';
import { type Clock, type Final, type Passage, SampleTimes, secondsFromSamples } from '@verbatim/contracts';
import { endedBy, type StagedFinal, type StageSpan, type Tracing } from '@verbatim/kit';
import type { FinalTiming } from '@verbatim/speech';
import { finalStages } from './final-stages.ts';
import { traceUtterance } from './utterance-trace.ts';

export interface FinalJourneyOptions {
  readonly bus: Pick<Bus, 'system'>;
  readonly clock: Clock;
  readonly observer?: { onFinal(stages: readonly StageSpan[], final: StagedFinal): void };
  readonly tracing?: Tracing | undefined;
}

/** Follows a live session's finals through the transcriber: how long each stage took, and the trace of it. */
export class FinalJourney {
  readonly #claim: Pick<Claim, 'spec' | 'trace'>;
  readonly #options: FinalJourneyOptions;
  readonly #stored = new SampleTimes();
  readonly #read = new SampleTimes();

  constructor(claim: Pick<Claim, 'spec' | 'trace'>, options: FinalJourneyOptions) {
    this.#claim = claim;
    this.#options = options;
  }

  /** Audio has come from the log. */
  read({ firstSample, pcm16, storedAt }: Extract<AudioEntry, { type: 'audio' }>): void {
    if (this.#claim.spec.kind !== 'live') return;
    const head = firstSample + pcm16.length;
    this.#stored.passed(head, storedAt);
    this.#read.passed(head, this.#options.clock.wall());
  }

  /**
   * A final was committed just now.
   * @returns what the doors have to know of it; undefined where nobody waits for it, as in a job.
   */
  committed(final: Final, timing: FinalTiming | undefined, commitBegan: number): Passage | undefined {
    const { clock, observer } = this.#options;
    if (this.#claim.spec.kind !== 'live') return undefined;
    const committedAt = clock.wall();
    const last = timing && timing.lastSound - 1;
    const storedAt = last === undefined ? null : this.#stored.of(last);
    const readAt = last === undefined ? null : this.#read.of(last);
    if (timing === undefined || storedAt === null || readAt === null) return { committedAt };
    const stages = finalStages({ storedAt, readAt, timing, commitBegan, committedAt });
    const trace = this.#trace(final, stages);
    observer?.onFinal(stages, { endedBy: endedBy(final.reason), traceId: trace?.traceId });
    return { committedAt, ...(trace && { trace: trace.context }) };
  }

  #trace({ utterance, reason, start, end }: Final, stages: readonly StageSpan[]) {
    const { tracing, bus } = this.#options;
    if (tracing === undefined) return null;
    const { sessionId, model } = this.#claim.spec;
    const audioSeconds = secondsFromSamples(end - start);
    const facts = { sessionId, model, utterance, reason, audioSeconds, messagingSystem: bus.system };
    const from = this.#stored.of(start) ?? stages[0]!.from;
    return traceUtterance(tracing, facts, Math.min(from, stages[0]!.from), stages, this.#claim.trace);
  }
}
