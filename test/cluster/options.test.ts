import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('the options of npm run cluster', () => {
  it('are two of each but one for files, and dead members come back', () => {
    expect(readOptions([])).toEqual({ help: false, ingresses: 2, transcribers: 2, media: 1, restart: true });
    expect(readOptions(['--ingress', '1', '--transcribers=3', '--media=2', '--no-restart'])).toEqual({
      help: false,
      ingresses: 1,
      transcribers: 3,
      media: 2,
      restart: false,
    });
  });

  it.each([
    [['--ingress', '0'], '--ingress is "0"; it must be a whole number from 1 to 32.'],
    [['--transcribers', 'many'], '--transcribers is "many"; it must be a whole number from 1 to 32.'],
    [['--transcribers=-1'], '--transcribers is "-1"; it must be a whole number from 1 to 32.'],
    [['--transcriber', '1'], "Unknown option '--transcriber'; see npm run cluster -- --help."],
    [['5'], "Unexpected argument '5'; see npm run cluster -- --help."],
  ])('%j are refused in one sentence', (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence);
    try {
      readOptions(args);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });
});
