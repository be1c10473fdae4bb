import { type Clock, type Samples, SampleTimes, systemClock } from '@verbatim/contracts';
import { insistOn } from '../permit.ts';
import type { AudioEntry, AudioLog, Mark } from '../ports.ts';
import { SampleRing } from './sample-ring.ts';

type MarkEntry = Extract<AudioEntry, { readonly type: 'mark' }>;

interface Session {
  readonly ring: SampleRing;
  readonly stored: SampleTimes;
  readonly marks: MarkEntry[];
  readonly readers: Set<Reader>;
  erased: boolean;
  /** Writes that wait for a permit, or for one that does; null where there are none. */
  waiting: Promise<void> | null;
}

interface Reader {
  wake: () => void;
}

/**
 * The audio log inside one process. Appending copies the samples once; readers get views of that copy, which they must
 * not write to. A reader that is behind gets up to half a second in one entry, however small the chunks were.
 */
export class MemoryAudioLog implements AudioLog {
  readonly #ringSamples: Samples;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();

  constructor(ringSamples: Samples, clock: Clock = systemClock) {
    this.#ringSamples = ringSamples;
    this.#clock = clock;
  }

  /** Sessions that have audio, marks or readers. */
  get size(): number {
    return this.#sessions.size;
  }

  async append(sessionId: string, firstSample: Samples, pcm16: Int16Array): Promise<void> {
    if (!Number.isSafeInteger(firstSample) || firstSample < 0) {
      throw new RangeError(`Audio starts at sample ${firstSample}; a whole number from 0 on is needed.`);
    }
    if (pcm16.length === 0) return;
    const session = this.#session(sessionId);
    if (session.waiting === null) return this.#add(session, firstSample, pcm16);
    const own = pcm16.slice();
    await this.#inTurn(sessionId, session, async () => this.#add(session, firstSample, own));
  }

  async mark(sessionId: string, mark: Mark, permit?: () => Promise<boolean>): Promise<number> {
    const session = this.#session(sessionId);
    if (session.waiting === null && permit === undefined) return addMark(session, mark);
    return await this.#inTurn(sessionId, session, async () => {
      await insistOn(sessionId, permit);
      return addMark(session, mark);
    });
  }

  /** Nothing to do: this log's memory is the process's own, so there is nothing to write again. */
  committed(): void {}

  /** Nothing to do, for the same reason. */
  release(): void {}

  async head(sessionId: string): Promise<Samples> {
    return this.#sessions.get(sessionId)?.ring.head ?? 0;
  }

  async *read(
    sessionId: string,
    fromSample: Samples,
    signal: AbortSignal,
  ): AsyncGenerator<AudioEntry, void, undefined> {
    if (signal.aborted) return;
    const session = this.#session(sessionId);
    const reader: Reader = { wake: () => {} };
    const onAbort = () => reader.wake();
    session.readers.add(reader);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      let position = fromSample;
      let nextMark = 0;
      while (!signal.aborted && !session.erased) {
        const mark = session.marks[nextMark];
        const audio = session.ring.read(position, mark?.at ?? Number.POSITIVE_INFINITY);
        if (audio !== null) {
          position = audio.firstSample + audio.pcm16.length;
          // Audio that the ring holds for longer than its times are remembered is read late, whenever it was stored.
          const storedAt = session.stored.of(position - 1) ?? this.#clock.wall();
          yield { type: 'audio', ...audio, storedAt };
        } else if (mark !== undefined) {
          nextMark++;
          if (mark.at >= fromSample) yield mark;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      session.readers.delete(reader);
      this.#forgetIfUnused(sessionId, session);
    }
  }

  async erase(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    this.#sessions.delete(sessionId);
    session.erased = true;
    wake(session.readers);
  }

  /** Erases every session. */
  async eraseAll(): Promise<void> {
    for (const sessionId of [...this.#sessions.keys()]) await this.erase(sessionId);
  }

  #add({ ring, stored, readers }: Session, firstSample: Samples, pcm16: Int16Array): void {
    if (!ring.append(firstSample, pcm16)) return;
    stored.passed(ring.head, this.#clock.wall());
    wake(readers);
  }

  #session(sessionId: string): Session {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const ring = new SampleRing(this.#ringSamples);
    const stored = new SampleTimes();
    const session: Session = { ring, stored, marks: [], readers: new Set(), erased: false, waiting: null };
    this.#sessions.set(sessionId, session);
    return session;
  }

  /** Writes when everything that was asked for before is written, or was refused. */
  #inTurn<T>(sessionId: string, session: Session, write: () => Promise<T>): Promise<T> {
    const written = (session.waiting ?? Promise.resolve()).then(write);
    const settled = written.then(
      () => {},
      () => {},
    );
    const left = settled.then(() => {
      if (session.waiting !== left) return;
      session.waiting = null;
      this.#forgetIfUnused(sessionId, session);
    });
    session.waiting = left;
    return written;
  }

  /** A reader may come before the first sample; one that leaves again must leave nothing behind. */
  #forgetIfUnused(sessionId: string, session: Session): void {
    const { readers, ring, marks, waiting } = session;
    const unused = readers.size === 0 && ring.head === 0 && marks.length === 0 && waiting === null;
    if (unused && this.#sessions.get(sessionId) === session) this.#sessions.delete(sessionId);
  }
}

const addMark = ({ ring, marks, readers }: Session, mark: Mark): number => {
  const index = marks.push({ type: 'mark', at: ring.head, index: marks.length + 1, mark });
  wake(readers);
  return index;
};

const wake = (readers: ReadonlySet<Reader>): void => {
  for (const reader of readers) reader.wake();
};
