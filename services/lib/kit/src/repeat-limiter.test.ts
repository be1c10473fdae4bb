import { describe, expect, it } from 'vitest';
import { RepeatLimiter } from './repeat-limiter.ts';

function limited() {
  let now = 0;
  const timers: { at: number; run: () => void }[] = [];
  const limiter = new RepeatLimiter(
    () => now,
    (ms, run) => timers.push({ at: now + ms, run }),
  );
  const told: [string, number][] = [];
  const say = (key: string, times: number) =>
    Array.from({ length: times }, () => limiter.passes(key, (held) => told.push([key, held]))).filter(Boolean).length;
  const advance = (ms: number) => {
    now += ms;
    for (const timer of timers.splice(0)) timer.at <= now ? timer.run() : timers.push(timer);
  };
  return { say, told, advance, timers };
}

describe('repeats of a message', () => {
  it('come through ten times in ten seconds; then a count of the others follows', () => {
    const { say, told, advance } = limited();
    expect(say('redis is slow', 25)).toBe(10);
    advance(9_000);
    expect(say('redis is slow', 5)).toBe(0);
    advance(1_000);
    expect(told).toEqual([['redis is slow', 20]]);
    expect(say('redis is slow', 12)).toBe(10);
  });

  it('hold up no other message', () => {
    const { say } = limited();
    say('one', 100);
    expect(say('another', 1)).toBe(1);
  });

  it('that are few have no count', () => {
    const { say, told, advance, timers } = limited();
    say('one', 10);
    advance(60_000);
    expect(told).toEqual([]);
    expect(timers).toEqual([]);
  });

  it('of ever new messages take no more and more memory, and still tell what was held back', () => {
    const { say, told, advance } = limited();
    say('the first', 15);
    for (let i = 0; i < 1_000; i++) say(`message ${i}`, 1);
    expect(say('the first', 1)).toBe(1);
    advance(10_000);
    expect(told).toEqual([['the first', 5]]);
  });
});
