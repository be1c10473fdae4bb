import type { BuiltFile } from '../built-file.ts';

export interface BuildOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Placeholder: the builder itself comes with the engine. */
export async function buildWhisper(
  fromDir: string,
  toDir: string,
  options: BuildOptions = {},
): Promise<readonly BuiltFile[]> {
  options.signal?.throwIfAborted();
  throw new Error(`there is no builder yet for ${fromDir} into ${toDir}`);
}
