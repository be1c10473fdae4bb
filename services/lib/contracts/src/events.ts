import type { Samples } from './audio-time.ts';
import type { ErrorCode } from './errors.ts';
import type { TraceContext } from './trace-context.ts';

/** One recognised word with its place in audio time; engines without word times leave words out. */
export interface Word {
  readonly text: string;
  readonly start: Samples;
  readonly end: Samples;
  /** 0 to 1. */
  readonly confidence: number;
}

/** The session is open; audio is expected from `nextSample` on. */
export interface Opened {
  readonly type: 'opened';
  readonly sessionId: string;
  readonly resumeToken: string;
  readonly nextSample: Samples;
}

/** Somebody begins to speak. The utterance's own start is earlier: it has some of the quiet before. */
export interface SpeechStarted {
  readonly type: 'speech_started';
  readonly at: Samples;
}

/** An utterance is over; `at` is its last sound. The utterance's own end is later. */
export interface SpeechEnded {
  readonly type: 'speech_ended';
  readonly at: Samples;
}

/** The current hypothesis of the open utterance. May change, except for its first `stableChars` UTF-16 units. */
export interface Partial {
  readonly type: 'partial';
  /** Counts utterances from 1. */
  readonly utterance: number;
  readonly text: string;
  readonly stableChars: number;
  readonly confidence: number;
  readonly start: Samples;
  readonly end: Samples;
  readonly language: string;
}

/** Why an utterance ended: silence, its greatest length, a finalize, the end of audio, no audio for a while, or lost audio. */
export const FINAL_REASONS = ['silence', 'max_utterance', 'finalize', 'end_of_audio', 'idle', 'gap'] as const;

export type FinalReason = (typeof FINAL_REASONS)[number];

/** What a transcriber tells the doors of a final on its way, which is neither stored nor shown to clients. */
export interface Passage {
  /** When its commit was confirmed, in milliseconds since 1970 by the transcriber's clock. */
  readonly committedAt: number;
  /** The trace of its utterance, where it has one. */
  readonly trace?: TraceContext;
}

/** The text of an utterance. Never changes. `sequence` counts 1, 2, 3… without holes within a session. */
export interface Final {
  readonly type: 'final';
  readonly sequence: number;
  readonly utterance: number;
  readonly text: string;
  readonly words?: readonly Word[];
  readonly confidence: number;
  readonly start: Samples;
  readonly end: Samples;
  readonly language: string;
  readonly reason: FinalReason;
  readonly passage?: Passage;
}

/** Answers one finalize: all text of the audio before it is out. Exactly one for each. */
export interface Flushed {
  readonly type: 'flushed';
  readonly requestId: string;
  /** Index of its mark in the audio log: an answer that comes again is known by it. */
  readonly mark: number;
}

/** Audio that was lost: dropped under overload by the client's choice, or no longer held when a reader needed it. */
export interface Gap {
  readonly type: 'gap';
  readonly from: Samples;
  readonly to: Samples;
  readonly reason: 'overflow' | 'expired';
}

/** Speech-like audio that the filters judged to hold no words. */
export interface Suppressed {
  readonly type: 'suppressed';
  readonly start: Samples;
  readonly end: Samples;
  readonly reason: 'empty' | 'repetition' | 'low_confidence' | 'no_speech';
}

/**
 * How far things are. `finals` is the sequence of the last committed final, `marks` the index of the last mark of the
 * audio log that was answered.
 */
export interface Progress {
  readonly type: 'progress';
  readonly receivedSample: Samples;
  readonly decodedSample: Samples;
  readonly committedSample: Samples;
  readonly finals: number;
  readonly marks: number;
  readonly lagSeconds: number;
}

/** A transcriber took the session over. Epoch 1 is the first claim: doors do not show that one. */
export interface Moved {
  readonly type: 'moved';
  readonly epoch: number;
}

/** Why a session closed: its client ended it or did not come back, a limit, an erasure, or the server. */
export const CLOSE_REASONS = [
  'end_of_audio',
  'resume_window_expired',
  'idle',
  'limit',
  'erased',
  'failed',
  'server_shutdown',
] as const;

export type CloseReason = (typeof CLOSE_REASONS)[number];

/** The last event of a session. */
export interface Closed {
  readonly type: 'closed';
  readonly reason: CloseReason;
  readonly audioSeconds: number;
  readonly finals: number;
}

/** Something went wrong; the session goes on if `recoverable`. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly recoverable: boolean;
}

/** Everything a session can say, in order, the same behind every door. */
export type SessionEvent =
  | Opened
  | SpeechStarted
  | SpeechEnded
  | Partial
  | Final
  | Flushed
  | Gap
  | Suppressed
  | Progress
  | Moved
  | Closed
  | ErrorEvent;

/** A session's event as its client sees it: without what only the parts tell each other. */
export type ClientEvent =
  | Exclude<SessionEvent, Final | Flushed | Progress>
  | Omit<Final, 'passage'>
  | Omit<Flushed, 'mark'>
  | Omit<Progress, 'marks'>;

/** `event` as it may leave a door. */
export const toClientEvent = (event: SessionEvent): ClientEvent => {
  if (event.type === 'flushed') return { type: 'flushed', requestId: event.requestId };
  if (event.type === 'final') {
    const { passage, ...shown } = event;
    return shown;
  }
  if (event.type !== 'progress') return event;
  const { marks, ...shown } = event;
  return shown;
};
