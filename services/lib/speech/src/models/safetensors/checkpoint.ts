import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type FloatTensor, SafetensorsFile } from './read-safetensors.ts';

const WHOLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The weights of a model in Hugging Face's layout: one safetensors file, or several shards with an index. */
export class Checkpoint implements AsyncDisposable {
  readonly #folder: string;
  readonly #files: readonly SafetensorsFile[];

  private constructor(folder: string, files: readonly SafetensorsFile[]) {
    this.#folder = folder;
    this.#files = files;
  }

  /** @throws Error that names the file that is missing or broken. */
  static async open(folder: string): Promise<Checkpoint> {
    const files: SafetensorsFile[] = [];
    try {
      for (const name of await shardsOf(folder)) files.push(await SafetensorsFile.open(path.join(folder, name)));
    } catch (error) {
      for (const file of files) await file[Symbol.asyncDispose]();
      throw error;
    }
    return new Checkpoint(folder, files);
  }

  has(name: string): boolean {
    return this.#files.some((file) => file.has(name));
  }

  /** @throws Error if no file has the tensor, or if its shape is not `shape`. */
  async read(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const file = this.#files.find((each) => each.has(name));
    if (file === undefined) throw new Error(`the weights in ${this.#folder} have no tensor '${name}'`);
    const tensor: FloatTensor = await file.read(name);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`'${name}' in ${file.path} has the shape [${tensor.shape}]; config.json wants [${shape}]`);
    }
    return tensor.values;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file[Symbol.asyncDispose]();
  }
}

async function shardsOf(folder: string): Promise<readonly string[]> {
  const text = await readFile(path.join(folder, INDEX), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return [WHOLE];
  const shards = new Set(Object.values(indexSchema.parse(JSON.parse(text)).weight_map));
  // Names come from a file: none may lead out of the folder.
  const outside = [...shards].find((name) => path.basename(name) !== name);
  if (outside !== undefined)
    throw new Error(`${INDEX} in ${folder} names '${outside}', which is not a plain file name`);
  return [...shards].sort();
}
