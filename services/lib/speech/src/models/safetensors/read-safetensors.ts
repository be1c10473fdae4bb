import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { type FloatType, floatTypes, toFloat32 } from './floats.ts';

/** The format's own limit (https://github.com/huggingface/safetensors). */
const MAX_HEADER_BYTES = 100_000_000;
/** One read call gives at most this much. */
const MAX_READ_BYTES = 1 << 30;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.number().int().nonnegative()),
    data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
  }),
);

interface Place {
  readonly type: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

/** A tensor of weights, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** One safetensors file: its tensors are read one by one, when they are asked for. */
export class SafetensorsFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #tensors: ReadonlyMap<string, Place>;

  private constructor(path: string, file: FileHandle, tensors: ReadonlyMap<string, Place>) {
    this.path = path;
    this.#file = file;
    this.#tensors = tensors;
  }

  /** @throws Error that says what about the file is not safetensors. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return new SafetensorsFile(path, file, await readHeader(path, file, size));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** A tensor's elements, whatever float type they are stored in, as 32-bit floats. @throws Error if there is none. */
  async read(name: string): Promise<FloatTensor> {
    const place = this.#tensors.get(name);
    if (place === undefined) throw new Error(`${this.path} holds no tensor '${name}'`);
    if (!isFloatType(place.type)) throw new Error(`'${name}' in ${this.path} is of type ${place.type}, not of floats`);
    const bytes = new Uint8Array(place.end - place.start);
    await readFully(this.#file, bytes, place.start);
    return { shape: place.shape, values: toFloat32(bytes, place.type) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

const isFloatType = (type: string): type is FloatType => Object.hasOwn(floatTypes, type);

async function readHeader(path: string, file: FileHandle, size: number): Promise<Map<string, Place>> {
  const length = new Uint8Array(8);
  if (size < 8) throw new Error(`${path} is no safetensors file: it has ${size} bytes`);
  await readFully(file, length, 0);
  const headerBytes = Number(new DataView(length.buffer).getBigUint64(0, true));
  if (headerBytes > Math.min(MAX_HEADER_BYTES, size - 8)) {
    throw new Error(`${path} is no safetensors file, or cut: its header would have ${headerBytes} bytes`);
  }
  const header = new Uint8Array(headerBytes);
  await readFully(file, header, 8);
  const tensors = new Map<string, Place>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(parseHeader(path, header))) {
    const [start, end] = data_offsets.map((offset) => offset + 8 + headerBytes) as [number, number];
    const elements = shape.reduce((product, dimension) => product * dimension, 1);
    if (end > size) throw new Error(`${path} is cut: '${name}' ends at byte ${end} of ${size}`);
    if (isFloatType(dtype) && end - start !== elements * floatTypes[dtype]) {
      throw new Error(`'${name}' in ${path} has ${end - start} bytes for ${elements} elements of ${dtype}`);
    }
    tensors.set(name, { type: dtype, shape, start, end });
  }
  return tensors;
}

function parseHeader(path: string, header: Uint8Array): z.infer<typeof headerSchema> {
  try {
    const { __metadata__, ...tensors } = JSON.parse(Buffer.from(header).toString()) as Record<string, unknown>;
    return headerSchema.parse(tensors);
  } catch (cause) {
    throw new Error(`${path} is no safetensors file: its header can't be read`, { cause });
  }
}

async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(MAX_READ_BYTES, target.length - done);
    const { bytesRead } = await file.read(target, done, length, position + done);
    if (bytesRead === 0) throw new Error(`the file ended ${target.length - done} bytes early`);
    done += bytesRead;
  }
}
