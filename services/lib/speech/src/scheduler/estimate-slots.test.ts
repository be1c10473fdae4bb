import { describe, expect, it } from 'vitest';
import { estimateSlots } from './estimate-slots.ts';

describe('estimateSlots', () => {
  it('gives what two cores were measured to carry, more to a faster machine, and never nothing', () => {
    expect(estimateSlots({ audioSeconds: 11, decodeMs: 11 * 17.5 }, 2)).toBe(64);
    expect(estimateSlots({ audioSeconds: 11, decodeMs: 11 * 17.5 }, 4)).toBe(128);
    expect(estimateSlots({ audioSeconds: 11, decodeMs: 60_000 }, 1)).toBe(1);
  });

  it('promises a slow engine less than its speed alone would, as was measured with whisper-base', () => {
    expect(estimateSlots({ audioSeconds: 11, decodeMs: 11 * 45 }, 2)).toBe(9);
  });
});
