import { msFromSamples } from '@verbatim/contracts';
import { type FinalMessage, finalText, type Heard, heardOf, type PartialMessage } from './server-events.ts';
import type { TrackItem } from './track.ts';

/** When the text of one clip came, in milliseconds after a microphone would have heard the speech in question. */
export interface ItemTiming {
  /** Speech start to the first text shown: a partial or, where none came before it, the final. Null: no text at all. */
  readonly firstTextMs: number | null;
  readonly firstTextIsFinal: boolean;
  /** Speech end to the clip's last final; null without one. */
  readonly finalMs: number | null;
  readonly partials: number;
  readonly text: string;
}

/**
 * Times the text of one item of a track whose first sample a microphone would have heard at `startedAt`, in the clock of
 * `heard`. What an utterance's middle falls into is the item that it belongs to.
 */
export function timeItem(heard: readonly Heard[], item: TrackItem, startedAt: number): ItemTiming {
  const isOurs = ({ message }: Heard<PartialMessage> | Heard<FinalMessage>) => {
    const middle = 8 * (message.start_ms + message.end_ms);
    return middle >= item.from && middle < item.to && message.text !== '';
  };
  const partials = heardOf(heard, 'partial').filter(isOurs);
  const finals = heardOf(heard, 'final').filter(isOurs);
  const firstPartial = partials[0]?.at ?? Number.POSITIVE_INFINITY;
  const firstFinal = finals[0]?.at ?? Number.POSITIVE_INFINITY;
  const firstText = Math.min(firstPartial, firstFinal);
  const lastFinal = finals.at(-1)?.at;
  return {
    firstTextMs: Number.isFinite(firstText) ? firstText - startedAt - msFromSamples(item.speechStart) : null,
    firstTextIsFinal: firstFinal < firstPartial,
    finalMs: lastFinal === undefined ? null : lastFinal - startedAt - msFromSamples(item.speechEnd),
    partials: partials.length,
    text: finalText(finals),
  };
}
