import { SAMPLE_RATE } from '@verbatim/contracts';
import WebSocket from 'ws';
import type { ClientEvent } from './client-event.ts';
import type { Connect, ConnectionEnd, Opening } from './connection.ts';

const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Bytes that may wait in this process; more would only be lost with the connection and sent again. */
const MOST_BUFFERED_BYTES = 256 * 1024;
/** Close codes that say what their error message says, for a server that had no time for one. */
const CODES: Readonly<Record<number, string>> = { 1012: 'unavailable', 1013: 'no_capacity', 1011: 'internal' };

/** The WebSocket door, with binary audio. */
export const connectWebSocket: Connect = ({ wsUrl }, opening, { onEvent, onEnd }) => {
  const query = new URLSearchParams({ events: 'all', sample_rate: String(SAMPLE_RATE) });
  const socket = new WebSocket(`${wsUrl}?${query}`, {
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  let isDone = false;
  let fatal: ConnectionEnd | null = null;
  socket.on('open', () => socket.send(JSON.stringify({ type: 'config', ...resumeFields(opening) })));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as WsMessage;
    if (message.type === 'closed') isDone = true;
    if (message.type === 'error' && !message.recoverable) fatal = { code: message.code, detail: message.message };
    onEvent(toEvent(message));
  });
  let networkError = '';
  socket.on('error', (error) => {
    networkError = error.message;
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (code, reason) => {
      const lost = { code: CODES[code] ?? 'lost', detail: networkError || `closed with ${code} ${reason}` };
      onEnd(isDone ? { code: 'done', detail: '' } : (fatal ?? lost));
      resolve();
    });
  });
  return {
    async send(_firstSample, pcm16) {
      if (socket.readyState !== WebSocket.OPEN) return closed;
      const bytes = new Uint8Array(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);
      const sent = new Promise<void>((resolve) => socket.send(bytes, { binary: true }, () => resolve()));
      if (socket.bufferedAmount > MOST_BUFFERED_BYTES) await Promise.race([sent, closed]);
    },
    end() {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"end"}');
    },
    close: () => socket.terminate(),
  };
};

const resumeFields = (opening: Opening): object =>
  opening === null
    ? {}
    : { session_id: opening.sessionId, resume: { token: opening.resumeToken, last_sequence: opening.lastSequence } };

type WsMessage =
  | {
      readonly type: 'opened';
      readonly session_id: string;
      readonly resume_token: string;
      readonly next_sample: number;
    }
  | {
      readonly type: 'final';
      readonly sequence: number;
      readonly text: string;
      readonly start_ms: number;
      readonly end_ms: number;
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly recoverable: boolean }
  | Exclude<ClientEvent, { readonly type: 'opened' | 'final' | 'error' }>;

function toEvent(message: WsMessage): ClientEvent {
  switch (message.type) {
    case 'opened':
      return {
        type: 'opened',
        sessionId: message.session_id,
        resumeToken: message.resume_token,
        nextSample: message.next_sample,
      };
    case 'final': {
      const { sequence, text, start_ms: startMs, end_ms: endMs } = message;
      return { type: 'final', sequence, text, startMs, endMs };
    }
    default:
      return message;
  }
}
