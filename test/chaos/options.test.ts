import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from './fault-plan.ts';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('runs 200 sessions under every fault when nothing is said', () => {
    expect(parseOptions([])).toMatchObject({ sessions: 200, only: FAULT_KINDS, seed: null, minutesCap: 12 });
  });

  it('takes a seed and a choice of faults', () => {
    const options = parseOptions(['--seed', '7', '--only', 'nats-kill,redis-kill']);
    expect(options).toMatchObject({ seed: 7, only: ['nats-kill', 'redis-kill'] });
  });

  it('names what is wrong', () => {
    expect(() => parseOptions(['--only', 'flood'])).toThrow('There is no fault "flood". Known: transcriber-kill');
    expect(() => parseOptions(['--repeats', '1'])).toThrow(
      '--repeats is "1"; it must be a whole number from 2 to 100.',
    );
    expect(() => parseOptions(['--fast'])).toThrow("Unknown option '--fast'");
  });
});
