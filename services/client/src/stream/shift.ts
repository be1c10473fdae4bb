import { type ClientEvent, SAMPLE_RATE, type Samples } from '@verbatim/contracts';

/** Where a session that goes on for another one begins: what that one had, in its own counts. */
export interface Shift {
  /** Audio before it is text already. */
  readonly samples: Samples;
  readonly finals: number;
  readonly utterances: number;
}

export const noShift: Shift = { samples: 0, finals: 0, utterances: 0 };

/** An event of a session that goes on for another one, in the counts of the first. */
export function shifted(event: ClientEvent, { samples, finals, utterances }: Shift): ClientEvent {
  switch (event.type) {
    case 'speech_started':
    case 'speech_ended':
      return { ...event, at: event.at + samples };
    case 'partial':
      return { ...event, ...placed(event, samples), utterance: event.utterance + utterances };
    case 'final':
      return {
        ...event,
        ...placed(event, samples),
        ...(event.words && { words: event.words.map((word) => ({ ...word, ...placed(word, samples) })) }),
        utterance: event.utterance + utterances,
        sequence: event.sequence + finals,
      };
    case 'suppressed':
      return { ...event, ...placed(event, samples) };
    case 'gap':
      return { ...event, from: event.from + samples, to: event.to + samples };
    case 'progress':
      return {
        ...event,
        receivedSample: event.receivedSample + samples,
        decodedSample: event.decodedSample + samples,
        committedSample: event.committedSample + samples,
        finals: event.finals + finals,
      };
    case 'closed':
      return { ...event, audioSeconds: event.audioSeconds + samples / SAMPLE_RATE, finals: event.finals + finals };
    default:
      return event;
  }
}

const placed = ({ start, end }: { readonly start: Samples; readonly end: Samples }, samples: Samples) => ({
  start: start + samples,
  end: end + samples,
});
