import type { Encoding } from '@verbatim/contracts';

/** How a WAV file may code a sample: our own encodings, and those that are converted to FLOAT32 on the way. */
export type SampleCoding = Encoding | 'uint8' | 'int24' | 'int32' | 'float64';

interface CodingEntry {
  /** What the samples are given out as. */
  readonly encoding: Encoding;
  /** Bytes of a sample in the file. */
  readonly bytes: number;
  /** The sample at a byte offset with full scale 1; null for samples that are given out as they are. */
  readonly read: ((view: DataView, at: number) => number) | null;
}

export const SAMPLE_CODINGS: Readonly<Record<SampleCoding, CodingEntry>> = {
  linear16: { encoding: 'linear16', bytes: 2, read: null },
  mulaw: { encoding: 'mulaw', bytes: 1, read: null },
  alaw: { encoding: 'alaw', bytes: 1, read: null },
  float32: { encoding: 'float32', bytes: 4, read: null },
  uint8: { encoding: 'float32', bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 128 },
  int24: {
    encoding: 'float32',
    bytes: 3,
    read: (view, at) => (view.getInt8(at + 2) * 65_536 + view.getUint16(at, true)) / 8_388_608,
  },
  int32: { encoding: 'float32', bytes: 4, read: (view, at) => view.getInt32(at, true) / 2_147_483_648 },
  float64: { encoding: 'float32', bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Turns a file's bytes, cut anywhere, into bytes of the encoding that they are given out as. */
export class SampleConverter {
  readonly #coding: CodingEntry;
  #pending = new Uint8Array(0);

  constructor(coding: SampleCoding) {
    this.#coding = SAMPLE_CODINGS[coding];
  }

  push(bytes: Uint8Array): Uint8Array {
    const { read, bytes: size } = this.#coding;
    if (read === null) return bytes;
    const all = this.#pending.length === 0 ? bytes : concat(this.#pending, bytes);
    const count = Math.floor(all.length / size);
    this.#pending = all.slice(count * size);
    const source = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const floats = new DataView(new ArrayBuffer(count * 4));
    for (let i = 0; i < count; i++) floats.setFloat32(i * 4, read(source, i * size), true);
    return new Uint8Array(floats.buffer);
  }
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
};
