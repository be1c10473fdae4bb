import { describe, expect, it } from 'vitest';
import { SpeedMeter } from './speed-meter.ts';

describe('SpeedMeter', () => {
  it('believes the first measurement whole', () => {
    const meter = new SpeedMeter();
    meter.add(2, 100);
    expect(meter.msPerSecond).toBe(50);
  });

  it('follows a change over about a minute of audio, and not one odd batch', () => {
    const meter = new SpeedMeter();
    meter.add(10, 150);
    meter.add(1, 500);
    expect(meter.msPerSecond).toBeLessThan(25);
    for (let batch = 0; batch < 40; batch++) meter.add(6, 300);
    expect(meter.msPerSecond).toBeGreaterThan(49);
  });

  it('learns nothing from a batch without audio', () => {
    const meter = new SpeedMeter();
    meter.add(1, 20);
    meter.add(0, 100);
    expect(meter.msPerSecond).toBe(20);
  });
});
