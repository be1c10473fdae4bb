import type { Span } from './spans.ts';

/** The latest spans, by trace; when there are too many, traces that were quiet for longest go first. */
export class SpanStore {
  readonly #capacity: number;
  /** In the order in which they last got a span. */
  readonly #traces = new Map<string, Span[]>();
  #size = 0;

  /** @param capacity most spans */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(spans: readonly Span[]): void {
    for (const span of spans) {
      const trace = this.#traces.get(span.traceId) ?? [];
      trace.push(span);
      this.#traces.delete(span.traceId);
      this.#traces.set(span.traceId, trace);
      this.#size += 1;
    }
    while (this.#size > this.#capacity) this.#forget();
  }

  get spans(): Span[] {
    return [...this.#traces.values()].flat();
  }

  /** The spans of one trace by their start; empty if it is not known. */
  trace(id: string): Span[] {
    return [...(this.#traces.get(id) ?? [])].sort((a, b) => a.startMs - b.startMs);
  }

  /** Every trace's spans, as they came. */
  get traces(): readonly (readonly Span[])[] {
    return [...this.#traces.values()];
  }

  #forget(): void {
    const [id, spans] = this.#traces.entries().next().value!;
    if (this.#traces.size > 1) {
      this.#traces.delete(id);
      this.#size -= spans.length;
    } else {
      // A trace that is larger than all that is kept loses its beginning.
      this.#size -= spans.splice(0, this.#size - this.#capacity).length;
    }
  }
}
