import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

const TELEPHONE = { encoding: 'mulaw', sampleRateHertz: 8_000, channelCount: 1 } as const;
const STEREO = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 2 } as const;
const bytes = (from: number, to: number) => Uint8Array.from({ length: to - from }, (_, index) => from + index);

describe('a backlog', () => {
  it('gives out audio once, in order, in pieces of at most the asked size', () => {
    const backlog = new Backlog(TELEPHONE);
    backlog.append(bytes(0, 5));
    backlog.append(bytes(5, 8));
    expect([backlog.next(3), backlog.next(3), backlog.next(3), backlog.next(3)]).toEqual([
      bytes(0, 3),
      bytes(3, 5),
      bytes(5, 8),
      null,
    ]);
  });

  it('sends again from the sample that the server names, counted at 16 kHz', () => {
    const backlog = new Backlog(TELEPHONE);
    backlog.append(bytes(0, 8));
    backlog.next(8);
    expect(backlog.rewind(12)).toBe(true);
    expect(backlog.next(8)).toEqual(bytes(6, 8));
  });

  it('goes back to whole frames', () => {
    const backlog = new Backlog(STEREO);
    backlog.append(bytes(0, 16));
    backlog.next(16);
    backlog.rewind(3);
    expect(backlog.next(16)).toEqual(bytes(12, 16));
  });

  it('lets go of chunks that the server has, and of no more', () => {
    const backlog = new Backlog(TELEPHONE);
    backlog.append(bytes(0, 4));
    backlog.append(bytes(4, 8));
    backlog.next(4);
    backlog.next(4);
    backlog.acknowledge(14);
    expect(backlog.seconds).toBe(4 / 8_000);
    expect(backlog.rewind(8)).toBe(true);
    expect(backlog.next(8)).toEqual(bytes(4, 8));
  });

  it('keeps what was not sent, whatever is acknowledged', () => {
    const backlog = new Backlog(TELEPHONE);
    backlog.append(bytes(0, 4));
    backlog.acknowledge(1_000);
    expect(backlog.next(8)).toEqual(bytes(0, 4));
  });

  it('says when audio that is asked for is gone', () => {
    const backlog = new Backlog(TELEPHONE);
    backlog.append(bytes(0, 4));
    backlog.next(4);
    backlog.acknowledge(8);
    expect(backlog.rewind(2)).toBe(false);
  });
});
