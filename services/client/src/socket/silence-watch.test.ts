import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { SilenceWatch } from './silence-watch.ts';

const watching = (probe?: () => void) => {
  const clock = new ManualClock();
  const state = { silent: false };
  const watch = new SilenceWatch({ clock, ...(probe && { probe }), onSilent: () => (state.silent = true) });
  return { clock, state, watch };
};

describe('a watch for silence', () => {
  it('takes a connection for dead 20 to 25 s after something was sent and nothing came', async () => {
    const { clock, state, watch } = watching();
    await clock.advance(3_000);
    watch.sent();
    await clock.advance(20_000);
    expect(state.silent).toBe(false);
    await clock.advance(5_000);
    expect(state.silent).toBe(true);
  });

  it('leaves a connection alone on which nothing was sent, and one that answers', async () => {
    const { clock, state, watch } = watching();
    await clock.advance(60_000);
    for (let seconds = 0; seconds < 60; seconds += 15) {
      watch.sent();
      await clock.advance(14_000);
      watch.heard();
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(state.silent).toBe(false);
  });

  it('asks for signs of life where it can', async () => {
    let probes = 0;
    const { clock, state, watch } = watching(() => probes++);
    await clock.advance(19_000);
    expect(probes).toBe(3);
    watch.heard();
    await clock.advance(20_000);
    expect(state.silent).toBe(false);
    await clock.advance(5_000);
    expect(state.silent).toBe(true);
  });

  it('counts looks and not time, as a frozen page looks late and once before it hears what has come', () => {
    const looks: (() => void)[] = [];
    const after = (_ms: number, run: () => void) => {
      looks.push(run);
      return () => {};
    };
    let silent = false;
    const watch = new SilenceWatch({ clock: { now: () => 0, wall: () => 0, after }, onSilent: () => (silent = true) });
    watch.sent();
    for (let look = 1; look <= 5; look++) {
      expect(silent).toBe(false);
      looks.shift()!();
    }
    expect(silent).toBe(true);
  });

  it('ends with the connection', () => {
    const { clock, watch } = watching();
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});
