import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from './output.ts';
import { runCli } from './program.ts';

/** Runs a command in this process; for those that end before they do anything. */
async function usage(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()].map((stream) => stream.setEncoding('utf8'));
  const code = await runCli(args, {
    stdout: new Output(stdout as unknown as NodeJS.WriteStream, () => {}),
    terminal: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    env: {},
    interruption: () => new AbortController().signal,
  });
  return { code, stdout: stdout?.read() ?? '', stderr: stderr?.read() ?? '' };
}

const JFK = 'jfk.wav';
const CARDS = 'cards.wav';

describe('wrong usage', () => {
  it.each([
    [['transcribe'], "missing required argument 'FILE'"],
    [['transcribe', JFK, '--format', 'doc'], 'Allowed choices are text, json, srt, vtt'],
    [['transcribe', JFK, '--silence-ms', '5'], 'a whole number from 100 to 5000'],
    [['transcribe', JFK, '--language', '?'], 'must be a BCP-47 tag'],
    [['transcribe', JFK, '--task', 'sing'], 'Allowed choices are transcribe, translate'],
    [['listen', '--task', 'sing'], 'Allowed choices are transcribe, translate'],
    [['transcribe', JFK, '--prompt', 'a'.repeat(1_001)], 'It must have at most 1000 characters'],
    [['transcribe', JFK, '--server', 'here'], 'The server "here" is not an address'],
    [['transcribe', JFK, '--sample-rate', '8000'], 'add --raw'],
    [['transcribe', JFK, CARDS, '--output', 'x'], '--output holds the result of one FILE'],
    [['transcribe', JFK, CARDS, '--format', 'srt'], 'Subtitles belong to one FILE'],
    [['transcribe', '-', '-'], 'can be read only once'],
    [['sing'], "unknown command 'sing'"],
    [[], 'Usage: verbatim'],
  ])('%j ends with 2 and says why', async (args, sentence) => {
    const { code, stdout, stderr } = await usage(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  it('asking for help is none', async () => {
    const { code, stdout } = await usage(['transcribe', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('one array with an object for each file');
  });
});
