import type { ModelEntry } from './catalogue.ts';

/** Moonshine as its makers' npm package ships it. */
export const MOONSHINE_MODELS: readonly ModelEntry[] = [
  {
    id: 'moonshine-tiny',
    family: 'moonshine',
    languages: ['en'],
    licence: 'MIT',
    source: {
      kind: 'npm',
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
