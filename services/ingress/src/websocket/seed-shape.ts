import { type ClientEvent, type Final, msFromSamples, type Partial } from '@verbatim/contracts';

/** A message as it goes out, before JSON. */
export type WireMessage = Readonly<Record<string, unknown>>;

/**
 * A session's events in the shape of the seed protocol: `text` is the whole utterance so far, `new_text` what it adds
 * to the text shown before for the same utterance; where that was rewritten, the part behind their common beginning.
 */
export class SeedShape {
  readonly #sessionId: string;
  #shown = { utterance: 0, text: '' };

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** `wall`: milliseconds since the Unix epoch. */
  message(event: ClientEvent, wall: number): WireMessage {
    const common = { type: event.type, session_id: this.#sessionId };
    const timestamp = new Date(wall).toISOString();
    switch (event.type) {
      case 'partial':
        return { ...common, ...this.#text(event, timestamp), stable_chars: event.stableChars };
      case 'final':
        return { ...common, ...this.#text(event, timestamp), ...finalFields(event) };
      default:
        return { ...snakeCased(event), ...common, timestamp };
    }
  }

  #text(event: Partial | Final, timestamp: string): WireMessage {
    const before = this.#shown.utterance === event.utterance ? this.#shown.text : '';
    this.#shown = { utterance: event.utterance, text: event.text };
    return {
      text: event.text,
      new_text: event.text.slice(commonPrefix(before, event.text)),
      confidence: event.confidence,
      timestamp,
      utterance: event.utterance,
      start_ms: Math.round(msFromSamples(event.start)),
      end_ms: Math.round(msFromSamples(event.end)),
      language: event.language,
    };
  }
}

/** What a final says beyond its text and times, here and over REST. */
export const finalFields = (final: Final): WireMessage => ({
  sequence: final.sequence,
  reason: final.reason,
  ...(final.words && {
    words: final.words.map(({ text, start, end, confidence }) => ({
      text,
      start_ms: Math.round(msFromSamples(start)),
      end_ms: Math.round(msFromSamples(end)),
      confidence,
    })),
  }),
});

/** UTF-16 units that both begin with, never half of a surrogate pair. */
const commonPrefix = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && length < b.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  const lead = length > 0 ? b.charCodeAt(length - 1) : 0;
  return lead >= 0xd800 && lead <= 0xdbff ? length - 1 : length;
};

const snakeCased = (event: object): WireMessage =>
  Object.fromEntries(
    Object.entries(event).map(([key, value]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
