import type { FinalReason, Samples, Word } from '@verbatim/contracts';
import type { Utterance } from '../endpoint/endpointer.ts';
import type { DecodedWord, DecodeResult, DecodeWishes } from '../engines/engine.ts';
import type { DecodeScheduler, DecodeTicket } from '../scheduler/decode-scheduler.ts';
import type { DecodeKind } from '../scheduler/plan-batch.ts';
import { confidenceOf, reasonToSuppress } from './judge.ts';
import type { FinalDraft, PendingCommit } from './output.ts';
import { type SpeechHints, textLanguage } from './spoken.ts';

type Verdict = Pick<PendingCommit, 'final' | 'suppressed' | 'decoded'>;

export interface FinalDecodesOptions {
  readonly sessionId: string;
  readonly scheduler: DecodeScheduler;
  /** How urgent finals are: those of a file wait for live ones. */
  readonly finalKind: 'final' | 'job';
  /** What to ask of a decode that is submitted now. */
  readonly wishes: () => DecodeWishes;
  /** What a decode has to wait for so that the wishes are right; undefined for nothing. */
  readonly ready: () => Promise<void> | undefined;
}

/**
 * The decodes that finals are made of. One is begun when silence has lasted for the post-roll; if the silence lasts, it
 * is the final, ready when the threshold passes, and if speech goes on, it was in vain.
 */
export class FinalDecodes {
  readonly #options: FinalDecodesOptions;
  #speculation: { readonly utterance: Utterance; readonly ticket: DecodeTicket } | undefined;

  constructor(options: FinalDecodesOptions) {
    this.#options = options;
  }

  /** Begins to decode what may become a final. */
  speculate(utterance: Utterance, pcm16: Int16Array, draft: Int32Array | undefined): DecodeTicket {
    const ticket = this.#submit('speculative', pcm16, draft);
    this.#speculation = { utterance, ticket };
    return ticket;
  }

  /** Speech went on. */
  dropSpeculation(): void {
    this.#speculation?.ticket.cancel();
    this.#speculation = undefined;
  }

  /** The decode of a complete utterance: the speculative one if it is of the same audio, else a new one. */
  decode(utterance: Utterance, copy: () => Int16Array, draft: Int32Array | undefined): DecodeTicket {
    const speculation = this.#speculation;
    if (speculation?.utterance.start === utterance.start && speculation.utterance.end === utterance.end) {
      this.#speculation = undefined;
      speculation.ticket.promote();
      return speculation.ticket;
    }
    this.dropSpeculation();
    return this.#submit(this.#options.finalKind, copy(), draft);
  }

  #submit(kind: DecodeKind, pcm16: Int16Array, draft: Int32Array | undefined): DecodeTicket {
    const { sessionId, scheduler, wishes, ready } = this.#options;
    const submit = (): DecodeTicket =>
      scheduler.submit({ sessionId, kind, pcm16, draft, thorough: true, hurried: kind !== 'job', ...wishes() });
    const waiting = ready();
    return waiting === undefined ? submit() : deferredTicket(waiting, submit);
  }
}

/** The ticket of a decode that is asked for only once `ready` resolves. */
function deferredTicket(ready: Promise<void>, submit: () => DecodeTicket): DecodeTicket {
  let ticket: DecodeTicket | undefined;
  let wish: 'promote' | 'cancel' | undefined;
  const apply = (next: 'promote' | 'cancel'): void => {
    wish = next;
    ticket?.[next]();
  };
  const result = ready.then(() => {
    if (wish === 'cancel') return null;
    ticket = submit();
    if (wish !== undefined) ticket[wish]();
    return ticket.result;
  });
  return {
    result,
    get span() {
      return ticket?.span ?? null;
    },
    promote: () => apply('promote'),
    cancel: () => apply('cancel'),
  };
}

/** What a decode makes of an utterance: its final, or the reason why it has none. */
export function verdict(utterance: Utterance, reason: FinalReason, hints: SpeechHints, decoded: DecodeResult): Verdict {
  const { number, start, end } = utterance;
  const suppress = reasonToSuppress(decoded);
  if (suppress !== null) return { suppressed: { type: 'suppressed', start, end, reason: suppress } };
  const final: FinalDraft = {
    utterance: number,
    text: decoded.text,
    ...(decoded.words !== undefined && { words: decoded.words.map((word) => placed(word, start)) }),
    confidence: confidenceOf(decoded),
    ...{ start, end, language: textLanguage(hints, decoded), reason },
  };
  return { final, decoded };
}

const placed = (word: DecodedWord, from: Samples): Word => ({
  ...word,
  start: from + Math.round(word.start),
  end: from + Math.round(word.end),
});
