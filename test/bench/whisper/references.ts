import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { BenchError } from '../bench-error.ts';

/** What another implementation makes of a clip. */
export interface OtherResult {
  readonly text: string;
  readonly language: string;
  readonly seconds: number;
  /** Words with their start and end in seconds. */
  readonly words: readonly (readonly [string, number, number])[];
}

/** faster-whisper in a process of its own: one thread, int8, greedy. */
export class FasterWhisper implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  /**
   * Null unless FASTER_WHISPER_PYTHON names a Python with the package and FASTER_WHISPER_MODEL a folder that convert.py made.
   */
  static async start(root: string, env: NodeJS.ProcessEnv = process.env): Promise<FasterWhisper | null> {
    const { FASTER_WHISPER_PYTHON: python, FASTER_WHISPER_MODEL: model } = env;
    if (!python || !model) return null;
    const script = path.join(root, 'test/bench/faster-whisper/serve.py');
    const child = spawn(python, [script, model], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw new BenchError(`faster-whisper did not start: ${python} ${script} ${model}`);
    return new FasterWhisper(child, lines);
  }

  async transcribe(pcm16: Int16Array, language: string | null, words = false): Promise<OtherResult> {
    const bytes = Buffer.from(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);
    this.#child.stdin!.write(`${JSON.stringify({ pcm16: bytes.toString('base64'), language, words })}\n`);
    const answer = await this.#lines.next();
    if (answer.done) throw new BenchError('faster-whisper ended during the benchmark.');
    return JSON.parse(answer.value) as OtherResult;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await ended;
  }
}

/** The prototype that this engine has to beat: ../shared/models/reference/ow.mjs over the graphs of whisper_onnx.py. */
export interface Prototype {
  /** Milliseconds for one English clip. */
  time(pcm16: Int16Array): Promise<number>;
}

interface PrototypeModule {
  readonly OW: {
    load(encoder: string, decoder: string, folder: string, threads: number): Promise<PrototypeEngine>;
  };
}

interface PrototypeEngine {
  transcribe(
    audios: readonly Float32Array[],
    options: {
      readonly langs: readonly string[];
      readonly tail: number;
      readonly fill: number;
      readonly maxNew: number;
    },
  ): Promise<unknown>;
}

/** Null unless WHISPER_PROTOTYPE names a folder with base-encoder.onnx, base-decoder.onnx and CTranslate2's vocabulary.json. */
export async function startPrototype(root: string, env: NodeJS.ProcessEnv = process.env): Promise<Prototype | null> {
  const folder = env.WHISPER_PROTOTYPE;
  if (!folder) return null;
  const source = await readFile(path.join(root, '../shared/models/reference/ow.mjs'), 'utf8');
  // It looks for onnxruntime-node from the folder that it is started in; here, from where this copy lies.
  const copy = path.join(root, '.verbatim', 'whisper-prototype.mjs');
  await mkdir(path.dirname(copy), { recursive: true });
  await writeFile(copy, source.replace("createRequire('./')", 'createRequire(import.meta.url)'));
  const { OW } = (await import(pathToFileURL(copy).href)) as PrototypeModule;
  const at = (name: string) => path.join(folder, name);
  const engine = await OW.load(at('base-encoder.onnx'), at('base-decoder.onnx'), folder, 1);
  return {
    async time(pcm16) {
      const audio = Float32Array.from(pcm16, (sample) => sample / 32_768);
      const seconds = audio.length / 16_000;
      const began = performance.now();
      // The settings that its README gives the best accuracy for.
      await engine.transcribe([audio], {
        ...{ langs: ['en'], tail: 0.3, fill: 1_500 },
        maxNew: Math.ceil(seconds * 7) + 12,
      });
      return performance.now() - began;
    },
  };
}
