import type { Span } from '../spans.ts';

/** A span of one second, except for what is given. */
export const aSpan = (part: Partial<Span> = {}): Span => ({
  ...{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', parentSpanId: null },
  ...{ name: 'decode', kind: 'internal', service: 'verbatim-transcriber' },
  ...{ startMs: 1_000, endMs: 2_000, attributes: {}, resource: {}, events: [], links: [] },
  status: { code: 'unset', message: '' },
  ...part,
});
