/** A session's event as a client understands it, the same for both doors; times are milliseconds of audio. */
export type ClientEvent =
  | {
      readonly type: 'opened';
      readonly sessionId: string;
      readonly resumeToken: string;
      readonly nextSample: number;
    }
  | FinalEvent
  | { readonly type: 'closed'; readonly reason: string; readonly finals: number }
  | { readonly type: 'gap'; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly type: 'moved'; readonly epoch: number }
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'partial' | 'speech_started' | 'speech_ended' | 'suppressed' | 'progress' | 'flushed' };

export interface FinalEvent {
  readonly type: 'final';
  readonly sequence: number;
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** An event and when it arrived, in milliseconds of `performance.now()`. */
export interface Heard<E extends ClientEvent = ClientEvent> {
  readonly at: number;
  readonly event: E;
}

/** The events of one type, in order. */
export function heardOf<T extends ClientEvent['type']>(
  heard: readonly Heard[],
  type: T,
): Heard<Extract<ClientEvent, { readonly type: T }>>[] {
  return heard.filter(({ event }) => event.type === type) as Heard<Extract<ClientEvent, { readonly type: T }>>[];
}
