import type { Clock } from '@verbatim/contracts';
import type { Socket } from './socket.ts';

const PING_EVERY_MS = 30_000;

/**
 * Pings a socket and cuts it when a whole interval passes without a pong: a client that lost its network says no
 * goodbye, and its session should become resumable in time.
 */
export const keepHeartbeat = (socket: Socket, clock: Clock): void => {
  let alive = true;
  let stopTimer = () => {};
  const beat = () => {
    // A socket held back by flow control hears no pong.
    if (!alive && !socket.isPaused) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
    stopTimer = clock.after(PING_EVERY_MS, beat);
  };
  socket.on('pong', () => {
    alive = true;
  });
  socket.once('close', () => stopTimer());
  stopTimer = clock.after(PING_EVERY_MS, beat);
};
