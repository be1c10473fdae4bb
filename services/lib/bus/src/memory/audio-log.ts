import type { Samples } from '@verbatim/contracts';
import type { AudioEntry, AudioLog, Mark } from '../ports.ts';
import { SampleRing } from './sample-ring.ts';

type MarkEntry = Extract<AudioEntry, { readonly type: 'mark' }>;

interface Session {
  readonly ring: SampleRing;
  readonly marks: MarkEntry[];
  readonly readers: Set<Reader>;
  erased: boolean;
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
  readonly #sessions = new Map<string, Session>();

  constructor(ringSamples: Samples) {
    this.#ringSamples = ringSamples;
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
    if (session.ring.append(firstSample, pcm16)) wakeReaders(session);
  }

  async mark(sessionId: string, mark: Mark): Promise<number> {
    const session = this.#session(sessionId);
    const index = session.marks.push({ type: 'mark', at: session.ring.head, index: session.marks.length + 1, mark });
    wakeReaders(session);
    return index;
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
          yield { type: 'audio', ...audio };
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
    wakeReaders(session);
  }

  /** Erases every session. */
  async eraseAll(): Promise<void> {
    for (const sessionId of [...this.#sessions.keys()]) await this.erase(sessionId);
  }

  #session(sessionId: string): Session {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const session = { ring: new SampleRing(this.#ringSamples), marks: [], readers: new Set<Reader>(), erased: false };
    this.#sessions.set(sessionId, session);
    return session;
  }

  /** A reader may come before the first sample; one that leaves again must leave nothing behind. */
  #forgetIfUnused(sessionId: string, session: Session): void {
    const unused = session.readers.size === 0 && session.ring.head === 0 && session.marks.length === 0;
    if (unused && this.#sessions.get(sessionId) === session) this.#sessions.delete(sessionId);
  }
}

const wakeReaders = (session: Session): void => {
  for (const reader of session.readers) reader.wake();
};
