import { EventEmitter } from 'node:events';
import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { keepHeartbeat } from './heartbeat.ts';

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  isPaused = false;
  pings = 0;
  cut = false;
  ping(): void {
    this.pings++;
  }
  terminate(): void {
    this.cut = true;
    this.emit('close');
  }
  send(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
}

describe('the heartbeat', () => {
  it('cuts a socket that answers no ping, and none that does', async () => {
    const clock = new ManualClock();
    const socket = new FakeSocket();
    keepHeartbeat(socket, clock);
    for (let beat = 1; beat <= 5; beat++) {
      await clock.advance(30_000);
      expect(socket.pings).toBe(beat);
      if (beat < 5) socket.emit('pong');
    }
    expect(socket.cut).toBe(false);
    await clock.advance(30_000);
    expect(socket.cut).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('spares a socket that is held back, which cannot hear an answer', async () => {
    const clock = new ManualClock();
    const socket = new FakeSocket();
    socket.isPaused = true;
    keepHeartbeat(socket, clock);
    await clock.advance(300_000);
    expect(socket.cut).toBe(false);
    socket.emit('close');
    expect(clock.pending).toBe(0);
  });
});
