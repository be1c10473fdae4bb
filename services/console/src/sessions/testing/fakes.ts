import type { AdminSession, AdminSessionPage, WatchedEvent } from '@verbatim/client';
import type { Final } from '@verbatim/contracts';
import type { BoardApi } from '../session-board.ts';

export const sessionOf = (sessionId: string, known: Partial<AdminSession> = {}): AdminSession => ({
  sessionId,
  status: 'open',
  closeReason: null,
  model: 'tiny',
  language: null,
  task: 'transcribe',
  openedAt: new Date(0),
  updatedAt: new Date(0),
  committedMs: 0,
  finalCount: 0,
  tenant: 'default',
  kind: 'live',
  owner: 'pod-a',
  epoch: 1,
  door: 'd-1',
  receivedMs: 0,
  ...known,
});

export const finalOf = (sequence: number): Final => ({
  type: 'final',
  sequence,
  utterance: sequence,
  text: `Sentence ${sequence}.`,
  confidence: 0.9,
  start: sequence * 16_000,
  end: sequence * 16_000 + 8_000,
  language: 'en',
  reason: 'silence',
});

interface FakeWatch {
  readonly ids: readonly string[];
  readonly signal: AbortSignal;
  readonly tell: (event: WatchedEvent) => void;
  readonly fail: (error: Error) => void;
  readonly end: () => void;
}

/** A server whose pages and events the test gives. */
export class FakeAdminApi implements BoardApi {
  /** By where they begin; the first one by the empty text. */
  pages: Readonly<Record<string, AdminSessionPage>> = {};
  refusal: Error | null = null;
  readonly queries: unknown[] = [];
  readonly watches: FakeWatch[] = [];

  async adminSessions(query: { readonly after?: string } = {}): Promise<AdminSessionPage> {
    this.queries.push(query);
    if (this.refusal !== null) throw this.refusal;
    return this.pages[query.after ?? ''] ?? { sessions: [], next: null };
  }

  watchSessions(
    ids: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<WatchedEvent> {
    const events = new TransformStream<WatchedEvent, WatchedEvent>();
    const writer = events.writable.getWriter();
    this.watches.push({
      ids,
      signal: signal!,
      tell: (event) => void writer.write(event),
      fail: (error) => void writer.abort(error),
      end: () => void writer.close(),
    });
    return events.readable;
  }
}
