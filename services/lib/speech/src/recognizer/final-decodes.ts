import type { FinalReason } from '@verbatim/contracts';
import type { Utterance } from '../endpoint/endpointer.ts';
import type { DecodeResult } from '../engines/engine.ts';
import type { DecodeScheduler, DecodeTicket } from '../scheduler/decode-scheduler.ts';
import type { DecodeKind } from '../scheduler/plan-batch.ts';
import { confidenceOf, reasonToSuppress } from './judge.ts';
import type { FinalDraft, RecognizerOutput } from './output.ts';

type Verdict = Pick<Extract<RecognizerOutput, { type: 'commit' }>, 'final' | 'suppressed'>;

/**
 * The decodes that finals are made of. One is begun when silence has lasted for the post-roll; if the silence lasts, it
 * is the final, ready when the threshold passes, and if speech goes on, it was in vain.
 */
export class FinalDecodes {
  readonly #sessionId: string;
  readonly #scheduler: DecodeScheduler;
  readonly #finalKind: 'final' | 'job';
  #speculation: { readonly utterance: Utterance; readonly ticket: DecodeTicket } | undefined;

  /** @param finalKind how urgent finals are: those of a file wait for live ones. */
  constructor(sessionId: string, scheduler: DecodeScheduler, finalKind: 'final' | 'job') {
    this.#sessionId = sessionId;
    this.#scheduler = scheduler;
    this.#finalKind = finalKind;
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
    return this.#submit(this.#finalKind, copy(), draft);
  }

  #submit(kind: DecodeKind, pcm16: Int16Array, draft: Int32Array | undefined): DecodeTicket {
    return this.#scheduler.submit({ sessionId: this.#sessionId, kind, pcm16, draft });
  }
}

/** What a decode makes of an utterance: its final, or the reason why it has none. */
export function verdict({ number, start, end }: Utterance, reason: FinalReason, result: DecodeResult): Verdict {
  const suppress = reasonToSuppress(result);
  if (suppress !== null) return { suppressed: { type: 'suppressed', start, end, reason: suppress } };
  const { text, language } = result;
  const final: FinalDraft = { utterance: number, text, confidence: confidenceOf(result), start, end, language, reason };
  return { final };
}
