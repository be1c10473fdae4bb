/** A hypothesis as the WebSocket door sends it. */
export interface PartialMessage {
  readonly type: 'partial';
  readonly utterance: number;
  readonly text: string;
  readonly stable_chars: number;
  readonly start_ms: number;
  readonly end_ms: number;
}

export interface FinalMessage {
  readonly type: 'final';
  readonly utterance: number;
  readonly text: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly reason: string;
}

/** Audio that the server dropped, in samples. */
export interface GapMessage {
  readonly type: 'gap';
  readonly from: number;
  readonly to: number;
}

export interface ErrorMessage {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
}

export interface ClosedMessage {
  readonly type: 'closed';
  readonly reason: string;
}

interface OtherMessage {
  readonly type: 'opened' | 'speech_started' | 'speech_ended' | 'flushed' | 'suppressed' | 'progress' | 'moved';
}

export type ServerMessage = PartialMessage | FinalMessage | GapMessage | ErrorMessage | ClosedMessage | OtherMessage;

/** A message and when it arrived, in milliseconds of `performance.now()`. */
export interface Heard<M extends ServerMessage = ServerMessage> {
  readonly at: number;
  readonly message: M;
}

/** The messages of one type, in order. */
export function heardOf<T extends ServerMessage['type']>(
  heard: readonly Heard[],
  type: T,
): Heard<Extract<ServerMessage, { readonly type: T }>>[] {
  return heard.filter(({ message }) => message.type === type) as Heard<Extract<ServerMessage, { readonly type: T }>>[];
}

/** The session's text: its finals one after another. */
export const finalText = (heard: readonly Heard[]): string =>
  heardOf(heard, 'final')
    .map(({ message }) => message.text)
    .join(' ');
