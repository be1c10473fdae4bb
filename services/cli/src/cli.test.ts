import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@verbatim/kit';
import { type StandaloneServer, startServer } from '@verbatim/standalone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config, describeWithModel, recording } from './testing.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const JFK = recording('jfk.wav');
const CARDS = recording('cards-005.wav');
const ASK = 'ask not what your country can do for you';
const PATIENT = { timeout: 60_000 };

const folder = mkdtempSync(join(tmpdir(), 'verbatim-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Call {
  readonly stdin?: string;
  readonly env?: Record<string, string>;
  /** Called with each piece of standard output. */
  readonly onOutput?: (child: ChildProcess, stdout: string) => void;
}

/** Runs the built command as a user does. */
async function verbatim(args: readonly string[], { stdin, env = {}, onOutput }: Call = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
    onOutput?.(child, stdout);
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  // A command that refuses its arguments does not wait for its input.
  child.stdin.on('error', () => {});
  if (stdin === undefined) child.stdin.end();
  else createReadStream(stdin).pipe(child.stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Letters and spaces only: how a sentence is cut and written is not what these tests are about. */
const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\d\d:\d\d:\d\d[.,]\d+|-->/g, '')
    .replace(/[^a-z]+/g, ' ');

describe('what cannot be done', () => {
  it('a file that is missing or of another kind ends with 1, one sentence and no result', async () => {
    const mp3 = file('talk.mp3', 'ID3 and so on');
    const { code, stdout, stderr } = await verbatim(['transcribe', 'no/such.wav', mp3]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      'no/such.wav: There is no such file.',
      expect.stringContaining(`${mp3}: This is an MP3 file; only WAV is read in this version.`),
    ]);
  });

  it('a server that is not there ends with 1 and says where it was looked for', async () => {
    const { code, stderr } = await verbatim(['transcribe', JFK, '--server', 'ws://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toContain("The server at ws://127.0.0.1:1 can't be reached: nothing listens on that port.");
  });

  it('a model that is unknown ends with 1 and names those that are known', async () => {
    const { code, stderr } = await verbatim(['transcribe', JFK, '--model', 'nonesuch']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no model "nonesuch" in this version')]);
  });

  it('a wrong environment variable ends with 1 and is named', async () => {
    const { code, stderr } = await verbatim(['models', 'list'], { env: { STREAMING_WORKERS: 'many' } });
    expect([code, stderr]).toEqual([1, expect.stringContaining('STREAMING_WORKERS is "many"')]);
  });
});

describe('models', () => {
  const empty = { env: { VERBATIM_CACHE_DIR: join(folder, 'empty') } };

  it('are listed, whether they are here or not', async () => {
    const { code, stdout } = await verbatim(['models', 'list'], empty);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^moonshine-tiny +en +28 MB +MIT +no$/m);
    expect(stdout).toMatch(/^whisper-base +99 languages +293 MB +Apache-2\.0 +no$/m);
    expect(stdout).toMatch(/^whisper-large-v3 +100 languages +3090 MB +Apache-2\.0 +no$/m);
    expect(stdout).toMatch(/^distil-small\.en +en +about 334 MB +MIT +no$/m);
  });

  it('that are not here fail to verify', async () => {
    expect(await verbatim(['models', 'verify'], empty)).toMatchObject({ code: 1, stdout: '' });
    const named = await verbatim(['models', 'verify', 'moonshine-tiny'], empty);
    expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining('verbatim models pull moonshine-tiny') });
    expect(named.stdout).toMatch(/encoder_model\.onnx +missing/);
  });
});

describeWithModel('models that are here', () => {
  it('are brought out of a folder and built, without the network', PATIENT, async () => {
    const env = {
      VERBATIM_CACHE_DIR: join(folder, 'pulled'),
      VERBATIM_MODEL_SOURCE: join(config.VERBATIM_CACHE_DIR, 'models'),
      npm_config_registry: 'http://127.0.0.1:1/',
    };
    const model = join(env.VERBATIM_CACHE_DIR, 'models', config.STT_MODEL);
    expect(await verbatim(['models', 'pull'], { env })).toMatchObject({ code: 0, stdout: `${model}\n` });
    expect(readdirSync(model).filter((name) => name.startsWith('engine-'))).toHaveLength(1);
    expect((await verbatim(['models', 'list'], { env })).stdout).toMatch(
      new RegExp(`^${config.STT_MODEL} .* yes$`, 'm'),
    );
    expect(await verbatim(['models', 'verify'], { env })).toMatchObject({ code: 0 });
  });
});

describeWithModel('verbatim with the engine in its process', () => {
  it.each(['text', 'srt', 'vtt'])('transcribes a file as %s', PATIENT, async (format) => {
    const { code, stdout } = await verbatim(['transcribe', JFK, '--format', format]);
    expect(code).toBe(0);
    expect(words(stdout)).toContain(ASK);
  });

  it('transcribes a file as JSON, into a file', PATIENT, async () => {
    const output = join(folder, 'jfk.json');
    const { code, stdout } = await verbatim(['transcribe', JFK, '--format', 'json', '--output', output]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const result = JSON.parse(readFileSync(output, 'utf8'));
    expect(result).toMatchObject({ file: JFK, model: config.STT_MODEL, language: 'en', duration: 11 });
    expect(words(result.text)).toContain(ASK);
    expect(result.segments[0]).toMatchObject({ id: 1, start: expect.any(Number), confidence: expect.any(Number) });
  });

  it('transcribes standard input, with and without a header', PATIENT, async () => {
    const wav = await verbatim(['transcribe', '-'], { stdin: JFK });
    expect([wav.code, words(wav.stdout)]).toEqual([0, expect.stringContaining(ASK)]);
    const raw = await verbatim(['transcribe', '-', '--raw', '--sample-rate', '16000'], { stdin: JFK });
    expect([raw.code, words(raw.stdout)]).toEqual([0, expect.stringContaining(ASK)]);
  });

  it('translates nothing with a model that can not, and says so', PATIENT, async () => {
    const { code, stdout, stderr } = await verbatim(['transcribe', JFK, '--task', 'translate']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Model "${config.STT_MODEL}" can't translate`);
  });

  it('goes on behind a broken file, and ends with 1', PATIENT, async () => {
    const broken = file('broken.wav', 'RIFF....WAVEdata');
    const { code, stdout, stderr } = await verbatim(['transcribe', JFK, broken, CARDS, '--format', 'json']);
    expect(code).toBe(1);
    expect(stderr).toContain(`${broken}: This WAV file`);
    const results = JSON.parse(stdout);
    expect(results.map(({ file }: { file: string }) => file)).toEqual([JFK, broken, CARDS]);
    expect([words(results[0].text), results[1].error, words(results[2].text)]).toEqual([
      expect.stringContaining(ASK),
      expect.stringContaining('WAV file'),
      expect.stringContaining('of spades'),
    ]);
  });

  it('ends quietly when the reader of its results goes away', PATIENT, async () => {
    const { code, stderr } = await verbatim(['transcribe', JFK, CARDS, CARDS], {
      onOutput: (child) => void child.stdout?.destroy(),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('ends with 130 at a Ctrl-C', PATIENT, async () => {
    const { code, stdout } = await verbatim(['transcribe', JFK, '--pace', '--live', '--silence-ms', '500'], {
      onOutput: (child) => void child.kill('SIGINT'),
    });
    expect([code, stdout.trim().split('\n').length]).toEqual([130, 1]);
  });

  it('writes down what a recorder hears, its last words behind a Ctrl-C included', PATIENT, async () => {
    // Stands in for a microphone: everything up to the middle of the last sentence, then silence from the machine.
    const recorder = file('arecord', `#!/bin/sh\nhead -c 300044 '${JFK}' | tail -c +45\nexec sleep 60\n`);
    chmodSync(recorder, 0o755);
    let interrupted = false;
    const { code, stdout, stderr } = await verbatim(['listen', '--silence-ms', '500'], {
      env: { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` },
      onOutput: (child, text) => {
        if (interrupted || !words(text).includes('country')) return;
        interrupted = true;
        child.kill('SIGINT');
      },
    });
    expect([code, stderr]).toEqual([0, 'Listening through arecord. Ctrl-C ends it.\n']);
    expect(words(stdout)).toContain('what your country can do for you ask what you');
  });
});

describeWithModel('verbatim with a server', () => {
  let server: StandaloneServer;
  let url = '';

  beforeAll(async () => {
    const free = { ...config, PORT: 0, GRPC_PORT: 0, METRICS_PORT: 0 };
    server = await startServer(free, createLogger({ level: 'error', name: 'test' }));
    url = `http://127.0.0.1:${server.httpPort}`;
  });
  afterAll(async () => {
    await server?.stop('the tests are over');
  });

  it('transcribes a file as the engine in its own process does', PATIENT, async () => {
    const { code, stdout, stderr } = await verbatim(['transcribe', JFK, '--server', url, '--format', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ model: config.STT_MODEL, language: 'en', duration: 11 });
    expect(words(result.text)).toContain(ASK);
  });

  it('asks the server for the task that it was asked for', PATIENT, async () => {
    const { code, stderr } = await verbatim(['transcribe', JFK, '--server', url, '--task', 'translate']);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`Model "${config.STT_MODEL}" can't translate`)]);
    expect((await verbatim(['transcribe', JFK, '--server', url, '--task', 'transcribe'])).code).toBe(0);
  });

  it("tells the server's own words where it refuses", PATIENT, async () => {
    const { code, stderr } = await verbatim(['transcribe', JFK, '--server', url, '--language', 'tlh']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('does not know the language "tlh"')]);
    expect(stderr).toContain('[unknown_language]');
  });
});
