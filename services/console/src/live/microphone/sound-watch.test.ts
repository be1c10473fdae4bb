import { describe, expect, it } from 'vitest';
import { SoundWatch } from './sound-watch.ts';

const silence = new Float32Array(1_024);
const sound = new Float32Array(1_024).fill(0.001);

describe('SoundWatch', () => {
  it('says that sound is missing once there was none for seconds, until there is some', () => {
    const watch = new SoundWatch();
    expect([0, 3_900, 4_000, 9_000].map((now) => watch.take(silence, now))).toEqual([
      'waiting',
      'waiting',
      'missing',
      'missing',
    ]);
    expect(watch.take(sound, 9_020)).toBe('heard');
  });

  it('takes silence for silence once there was a sound', () => {
    const watch = new SoundWatch();
    watch.take(sound, 0);
    expect(watch.take(silence, 60_000)).toBe('heard');
  });
});
