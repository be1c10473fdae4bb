import type { ClientEvent } from '@verbatim/contracts';
import type { FinalReason } from './generated/verbatim/stt/v1/FinalReason.ts';
import type { StreamingRecognizeResponse } from './generated/verbatim/stt/v1/StreamingRecognizeResponse.ts';

const FINAL_REASONS = {
  silence: 'FINAL_REASON_SILENCE',
  max_utterance: 'FINAL_REASON_MAX_UTTERANCE',
  finalize: 'FINAL_REASON_FINALIZE',
  end_of_audio: 'FINAL_REASON_END_OF_AUDIO',
  idle: 'FINAL_REASON_IDLE',
  gap: 'FINAL_REASON_GAP',
} as const satisfies Record<string, FinalReason>;

/** A session's event in the words of the public API. */
export const toResponse = (event: ClientEvent): StreamingRecognizeResponse => {
  switch (event.type) {
    case 'opened':
      return { opened: event };
    case 'speech_started':
      return { speechStarted: event };
    case 'speech_ended':
      return { speechEnded: event };
    case 'partial':
      return { partial: event };
    case 'final':
      return { final: { ...event, words: [...(event.words ?? [])], reason: FINAL_REASONS[event.reason] } };
    case 'flushed':
      return { flushed: event };
    case 'gap':
      return { gap: event };
    case 'suppressed':
      return { suppressed: event };
    case 'progress':
      return { progress: event };
    case 'moved':
      return { moved: event };
    case 'closed':
      return { closed: event };
    case 'error':
      return { error: event };
  }
};
