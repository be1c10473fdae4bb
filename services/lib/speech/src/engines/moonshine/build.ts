import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readModel } from '../../models/onnx/read-model.ts';
import { writeModel } from '../../models/onnx/write-model.ts';
import { type BuiltFile, writeWhole } from '../built-file.ts';
import { decoderGraph } from './decoder-graph.ts';
import { encoderGraph } from './encoder-graph.ts';
import { ShippedWeights } from './shipped-weights.ts';

/** The files as moonshine-js ships them. */
export const shippedFiles = { encoder: 'encoder_model.onnx', decoder: 'decoder_model_merged.onnx' } as const;
/** The files that the engine loads. */
export const builtFiles = { encoder: 'moonshine-encoder.onnx', decoder: 'moonshine-decoder.onnx' } as const;

export interface MoonshineGraphs {
  readonly encoder: Uint8Array;
  readonly decoder: Uint8Array;
}

/** Turns the two shipped graphs into the two that the engine runs. Equal input gives equal bytes. */
export function optimizeMoonshine(shipped: MoonshineGraphs): MoonshineGraphs {
  const encoder = new ShippedWeights(readModel(shipped.encoder));
  const decoder = new ShippedWeights(readModel(shipped.decoder));
  return { encoder: writeModel(encoderGraph(encoder, decoder)), decoder: writeModel(decoderGraph(decoder)) };
}

/**
 * Builds the engine's graphs from the shipped ones in `fromDir` into `toDir` (made if it is not there). Each file appears
 * whole or not at all, so several processes may build into one folder at the same time.
 */
export async function buildMoonshineGraphs(fromDir: string, toDir: string): Promise<readonly BuiltFile[]> {
  const [encoder, decoder] = await Promise.all([
    readFile(path.join(fromDir, shippedFiles.encoder)),
    readFile(path.join(fromDir, shippedFiles.decoder)),
  ]);
  const graphs = optimizeMoonshine({ encoder, decoder });
  await mkdir(toDir, { recursive: true });
  return [
    await writeWhole(path.join(toDir, builtFiles.encoder), graphs.encoder),
    await writeWhole(path.join(toDir, builtFiles.decoder), graphs.decoder),
  ];
}
