import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('runs all but what only waits when nothing is named, and for "all"', () => {
    const usual = ['accuracy', 'latency', 'scale', 'jobs', 'distributed', 'cluster-scale'];
    expect(parseOptions([]).benchmarks).toEqual(usual);
    expect(parseOptions(['all']).benchmarks).toEqual(usual);
  });

  it('runs what is named', () => {
    expect(parseOptions(['scale', 'accuracy']).benchmarks).toEqual(['accuracy', 'scale']);
    expect(parseOptions(['soak', '--minutes', '5'])).toMatchObject({ benchmarks: ['soak'], minutes: 5 });
    expect(parseOptions(['idle', '--open', '50', '--silence', 'stream'])).toMatchObject({
      open: 50,
      silence: 'stream',
    });
  });

  it('takes levels as a list, or a limit for a search', () => {
    expect(parseOptions(['scale', '--sessions', '5,15']).sessions).toEqual([5, 15]);
    expect(parseOptions(['scale', '--search', '90'])).toMatchObject({ sessions: null, search: 90 });
    expect(() => parseOptions(['--sessions', '5', '--search', '9'])).toThrow('not both');
  });

  it('names what is wrong', () => {
    expect(() => parseOptions(['speed'])).toThrow('There is no benchmark "speed".');
    expect(() => parseOptions(['--sessions', '5,x'])).toThrow('--sessions is "x"; it must be a whole number');
    expect(() => parseOptions(['--speech-share', '2'])).toThrow(
      '--speech-share is "2"; it must be a number from 0.1 to 0.9.',
    );
    expect(() => parseOptions(['--silence', 'none'])).toThrow('--silence is "none"; it must be stream or pause.');
    expect(() => parseOptions(['--fast'])).toThrow("Unknown option '--fast'");
  });
});
