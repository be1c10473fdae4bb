import { type Final, type Samples, type SessionEvent, sampledTraceId } from '@verbatim/contracts';
import { endedBy, messaging, type SpanOptions, type StageSpan } from '@verbatim/kit';
import { LatencyMeter } from './latency-meter.ts';
import type { LiveSessionStart } from './live-session.ts';
import type { Door, SessionDeps } from './options.ts';

/** Tells metrics and traces how long the client of one connection waits, and what of it passes at this door. */
export class SessionLatency {
  readonly #deps: Pick<SessionDeps, 'clock' | 'metrics' | 'tracing' | 'bus'>;
  readonly #start: Pick<LiveSessionStart, 'spec' | 'trace'>;
  readonly #meter: LatencyMeter;

  constructor(
    deps: Pick<SessionDeps, 'clock' | 'metrics' | 'tracing' | 'bus'>,
    start: Pick<LiveSessionStart, 'spec' | 'trace' | 'nextSample'>,
  ) {
    this.#deps = deps;
    this.#start = start;
    this.#meter = new LatencyMeter(start.nextSample);
  }

  /** All audio before `head` has come in. */
  received(head: Samples): void {
    this.#meter.received(head, this.#deps.clock.wall());
  }

  /** All audio before `head` is in the audio log. */
  logged(head: Samples): void {
    this.#meter.logged(head, this.#deps.clock.wall());
  }

  /** An event goes out. */
  delivered(event: SessionEvent, door: Door): void {
    const { metrics, clock } = this.#deps;
    const now = clock.wall();
    const labels = { door, model: this.#start.spec.model };
    for (const wait of this.#meter.delivered(event, now)) {
      if (wait.type === 'first_partial') {
        // Who asks for no partial texts waits for none.
        if (this.#start.spec.partialResults) metrics?.waited?.(wait, labels, sampledTraceId(this.#start.trace));
      } else if (event.type === 'final') {
        const trace = event.passage?.trace;
        metrics?.waited?.(wait, labels, sampledTraceId(trace));
        this.#passed(event, wait.receive, now);
      }
    }
  }

  /** A final has come to the end of its way. */
  #passed({ passage, reason }: Final, receive: StageSpan, now: number): void {
    if (passage === undefined) return;
    const { metrics, tracing, bus } = this.#deps;
    const deliver: StageSpan = { stage: 'deliver', from: Math.min(passage.committedAt, now), to: now };
    const final = { endedBy: endedBy(reason), traceId: sampledTraceId(passage.trace) };
    for (const span of [receive, deliver]) metrics?.stage?.(span, final);
    if (tracing === undefined || passage.trace === undefined) return;
    const span = ({ stage, from, to }: StageSpan, options: SpanOptions) =>
      tracing.begin(stage, { ...options, parent: passage.trace, from }).end(to);
    span(receive, { role: 'producer', attributes: messaging(bus.system, 'publish', 'stt.audio') });
    span(deliver, { role: 'consumer', attributes: messaging(bus.system, 'process', 'stt.event') });
  }
}
