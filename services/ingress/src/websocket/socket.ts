/** The part of a WebSocket (package ws) that the door uses. */
export interface Socket {
  readonly OPEN: 1;
  readonly readyState: number;
  readonly isPaused: boolean;
  on(event: 'message', listener: (data: Buffer, binary: boolean) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  send(text: string, sent: () => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}
