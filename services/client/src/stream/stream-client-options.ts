import type { Clock, SessionRequest } from '@verbatim/contracts';

export interface StreamClientOptions {
  /** The server: ws, wss, http or https. A path in it is kept as a prefix. In a page: `location.origin`. */
  readonly server: string | URL;
  /** The session's settings. Default: the server's; audio is 16-bit mono at 16 kHz. */
  readonly request?: SessionRequest;
  /** Ends attempts to connect, the first and those after a loss. A session that is connected goes on: `abandon` ends it. */
  readonly signal?: AbortSignal;
  /** Is told when the connection is lost and when it is back. */
  readonly onConnection?: (change: ConnectionChange) => void;
  /** How long to try to resume after a connection is lost. Default: 30 s, as long as servers keep a session. */
  readonly resumeWindowMs?: number;
  /**
   * What to do where the server no longer knows the session, because it was restarted and keeps nothing: with true a new
   * session takes its place, and hears again what is not text yet. Finals, times and utterances count on, so that readers
   * see one session; only `sessionId` changes. Costs the memory of one more utterance. Default: false, the session ends.
   */
  readonly startOver?: boolean;
  readonly clock?: Clock;
  /** From 0 to 1, to spread attempts to connect. Default: Math.random. */
  readonly random?: () => number;
}

/** What happened to the connection. `lost` comes again before each attempt to come back; `attempt` counts them from 1. */
export type ConnectionChange =
  | { readonly state: 'lost'; readonly attempt: number }
  | { readonly state: 'resumed'; readonly afterMs: number }
  | { readonly state: 'started_over'; readonly afterMs: number };
