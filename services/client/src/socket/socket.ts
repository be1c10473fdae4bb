import type { Clock } from '@verbatim/contracts';

/**
 * A WebSocket, on whatever the platform has for it: node-socket.ts and browser-socket.ts are its adapters, and the `imports`
 * of package.json choose between them.
 */
export interface Socket {
  readonly isOpen: boolean;
  /** Resolves when the connection is over, however it ended. */
  readonly closed: Promise<void>;
  /** Hands over a message or, as bytes, audio. Resolves when there is room for more, and when the connection is over. */
  send(data: string | Uint8Array): Promise<void>;
  /** Says goodbye; `closed` resolves when the server has answered. */
  close(): void;
  /** Ends the connection without a goodbye: `closed` resolves at once. */
  cut(): void;
}

export interface SocketOptions {
  readonly clock: Clock;
  /** Aborts the attempt to connect. */
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

/**
 * Connects. A connection that goes silent is cut (see SilenceWatch).
 * @throws the signal's reason when it aborts; otherwise an Error whose message says why, to stand behind a colon.
 */
export type OpenSocket = (url: URL, options: SocketOptions) => Promise<Socket>;

/** How long the server may take to answer. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Bytes that may wait to be sent; more would only be held twice. */
export const MOST_BUFFERED_BYTES = 256 * 1024;
