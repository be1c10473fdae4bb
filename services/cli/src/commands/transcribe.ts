import { open } from 'node:fs/promises';
import {
  type ClientEvent,
  type Final,
  type SessionRequest,
  secondsFromSamples,
  systemClock,
} from '@verbatim/contracts';
import { type Transcript, transcriptOf } from '@verbatim/formats';
import type { Command } from 'commander';
import { type AudioInput, displayName, openInput } from '../audio/audio-input.ts';
import { paced } from '../audio/paced.ts';
import type { Backend } from '../backend/backend.ts';
import { openBackend } from '../backend/open-backend.ts';
import { recognize } from '../backend/recognize.ts';
import { CliError, EXIT, sentenceOf } from '../cli-error.ts';
import type { Io } from '../io.ts';
import { LiveLine } from '../screen/live-line.ts';
import { progressBar } from '../screen/progress-bar.ts';
import { requestOf } from './options.ts';
import { type Results, resultsWriter, type Write } from './results.ts';
import {
  checkTranscribe,
  FILE_SILENCE_MS,
  rawFormat,
  TRANSCRIBE_HELP,
  type TranscribeOptions,
  transcribeOptions,
} from './transcribe-options.ts';

/** Adds `transcribe`. */
export function addTranscribe(program: Command, io: Io, finish: (exitCode: number) => void): void {
  const command = program
    .command('transcribe')
    .description('Write down what is said in WAV files')
    .argument('<FILE...>', 'WAV files; "-" for standard input')
    .addHelpText('after', TRANSCRIBE_HELP)
    .action(async (files: string[], options: TranscribeOptions) => finish(await transcribe(files, options, io)));
  for (const option of transcribeOptions()) command.addOption(option);
}

async function transcribe(files: readonly string[], options: TranscribeOptions, io: Io): Promise<number> {
  checkTranscribe(files, options);
  const live = options.live ?? io.stdout.isTerminal;
  await using target = resultTarget(options.output, io);
  const results = resultsWriter(target.write, {
    format: options.format,
    several: files.length > 1,
    asItComes: live && options.output === undefined,
  });
  await using engine = new LazyBackend(() => openBackend(io, options));
  const run = new TranscribeRun(options, io, results, engine, live);
  let exitCode: number = EXIT.ok;
  try {
    for (const file of files) if (!(await run.transcribe(file))) exitCode = EXIT.failed;
  } finally {
    await results.finish();
  }
  return exitCode;
}

class TranscribeRun {
  readonly #options: TranscribeOptions;
  readonly #io: Io;
  readonly #results: Results;
  readonly #engine: LazyBackend;
  readonly #live: boolean;
  readonly #line: LiveLine;

  constructor(options: TranscribeOptions, io: Io, results: Results, engine: LazyBackend, live: boolean) {
    this.#options = options;
    this.#io = io;
    this.#results = results;
    this.#engine = engine;
    this.#live = live;
    this.#line = new LiveLine(live ? terminalOf(io) : null);
  }

  /** True if the file's text is out; false if the user was told why not. Throws what concerns the other files, too. */
  async transcribe(file: string): Promise<boolean> {
    let input: AudioInput | null = null;
    try {
      input = await openInput(file, { raw: rawFormat(this.#options), stdin: this.#io.stdin });
      // Not a fault of the file: without an engine, none can be done.
      const backend = await this.#engine.get();
      await this.#results.begin(file);
      await this.#results.done(file, await this.#recognize(file, input, backend));
      return true;
    } catch (error) {
      this.#line.erase();
      this.#io.interruption().throwIfAborted();
      if (this.#engine.failed) throw error;
      const sentence = sentenceOf(error);
      this.#say(`${displayName(file)}: ${sentence}`);
      await this.#results.failed(file, sentence);
      return false;
    } finally {
      input?.close();
    }
  }

  async #recognize(file: string, input: AudioInput, backend: Backend): Promise<Transcript> {
    const request = this.#request(input);
    const { format, chunks } = input;
    const audio = this.#options.pace ? paced(chunks, format, systemClock) : chunks;
    const recognition = await backend.open(request);
    const bar = this.#live ? null : progressBar(this.#io.stderr, file, input.seconds);
    const finals: Final[] = [];
    let audioSeconds = 0;
    try {
      for await (const event of recognize(recognition, audio, this.#io.interruption())) {
        if (event.type === 'final') finals.push(event);
        if (event.type === 'progress') bar?.update(secondsFromSamples(event.decodedSample));
        if (event.type === 'closed') audioSeconds = event.audioSeconds;
        await this.#show(event);
      }
    } finally {
      bar?.stop();
    }
    this.#warnIfCutOff(file, input.seconds, audioSeconds);
    const model = this.#options.format === 'json' ? await backend.model(request.model) : null;
    const language = request.task === 'translate' ? 'en' : (request.language ?? null);
    return transcriptOf(finals, { model, language, audioSeconds });
  }

  async #show(event: ClientEvent): Promise<void> {
    switch (event.type) {
      case 'partial':
        return this.#line.show(event);
      case 'final':
        this.#line.erase();
        return this.#results.final(event);
      case 'suppressed':
        return this.#line.erase();
      case 'error':
        return this.#say(event.message);
      case 'gap':
        return this.#say(`${secondsFromSamples(event.to - event.from).toFixed(1)} s of audio were lost.`);
    }
  }

  #request({ format }: AudioInput): SessionRequest {
    // What the environment says holds for this engine; a server has an environment of its own.
    const configured = this.#options.server === undefined && this.#io.env.VAD_SILENCE_THRESHOLD_MS;
    return {
      encoding: format.encoding,
      sample_rate_hertz: format.sampleRateHertz,
      channel_count: format.channelCount,
      partial_results: this.#live,
      ...(!configured && { silence_ms: FILE_SILENCE_MS }),
      ...requestOf(this.#options),
    };
  }

  #warnIfCutOff(file: string, promised: number | undefined, there: number): void {
    if (promised === undefined || promised - there < 0.1) return;
    const seconds = (value: number) => `${value.toFixed(1)} s`;
    this.#say(
      `${displayName(file)}: cut off; its header promises ${seconds(promised)}, and ${seconds(there)} are there.`,
    );
  }

  #say(sentence: string): void {
    this.#line.erase();
    this.#io.stderr.write(`${sentence}\n`);
  }
}

/** The backend, once a file needs it: a wrong file name should not cost the start of an engine. */
class LazyBackend implements AsyncDisposable {
  readonly #start: () => Promise<Backend>;
  #backend: Promise<Backend> | null = null;
  #failed = false;

  constructor(start: () => Promise<Backend>) {
    this.#start = start;
  }

  /** Whether there is none to be had. */
  get failed(): boolean {
    return this.#failed;
  }

  get(): Promise<Backend> {
    this.#backend ??= this.#start().catch((error: unknown) => {
      this.#failed = true;
      throw error;
    });
    return this.#backend;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#backend === null || this.#failed) return;
    await (await this.#backend)[Symbol.asyncDispose]();
  }
}

/** What can be drawn on: standard error for choice, so that results and drawing mix only where both are on one screen. */
export const terminalOf = ({ stderr, terminal }: Io): NodeJS.WriteStream | null =>
  [stderr, terminal].find(({ isTTY }) => isTTY === true) ?? null;

/** Standard output, or a file that is opened with its first result. */
function resultTarget(path: string | undefined, io: Io): { readonly write: Write } & AsyncDisposable {
  if (path === undefined) return { write: (text) => io.stdout.write(text), async [Symbol.asyncDispose]() {} };
  let file: Awaited<ReturnType<typeof open>> | null = null;
  return {
    async write(text) {
      try {
        file ??= await open(path, 'w');
        await file.write(text);
      } catch (error) {
        throw new CliError(`The result can't be written to ${path}: ${(error as Error).message}.`, { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}
