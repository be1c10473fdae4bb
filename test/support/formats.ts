/** 16 kHz samples at another rate, by a windowed-sinc interpolation that needs no state: slow, plain and independent of the product's. */
export function atRate(pcm16: Int16Array, rate: number): Float32Array {
  const ratio = rate / 16_000;
  const cutoff = Math.min(1, ratio);
  const half = Math.ceil(16 / cutoff);
  return Float32Array.from({ length: Math.floor(pcm16.length * ratio) }, (_, k) => {
    const centre = k / ratio;
    let sum = 0;
    for (let i = Math.ceil(centre - half); i <= centre + half; i++) {
      const x = i - centre;
      const sinc = x === 0 ? cutoff : Math.sin(Math.PI * x * cutoff) / (Math.PI * x);
      sum += (pcm16[i] ?? 0) * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / half));
    }
    return sum / 32_768;
  });
}

const clip16 = (value: number) => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));

export function linear16(samples: Float32Array, channels = 1): Buffer {
  const out = Buffer.alloc(samples.length * channels * 2);
  samples.forEach((sample, i) => {
    for (let c = 0; c < channels; c++) out.writeInt16LE(clip16(sample), (i * channels + c) * 2);
  });
  return out;
}

export function float32(samples: Float32Array): Buffer {
  const out = Buffer.alloc(samples.length * 4);
  samples.forEach((sample, i) => {
    out.writeFloatLE(sample, i * 4);
  });
  return out;
}

/** G.711 mu-law (ITU-T G.711, table 2a): sign, three bits of segment, four of step, all inverted. */
export function mulaw(samples: Float32Array): Buffer {
  return Buffer.from(
    Array.from(samples, (sample) => {
      const value = clip16(sample);
      const magnitude = Math.min(32_635, Math.abs(value)) + 132;
      const segment = 31 - Math.clz32(magnitude) - 7;
      return ~((value < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 15)) & 255;
    }),
  );
}

/** G.711 A-law (ITU-T G.711, table 1a): sign, segment and step, every other bit inverted. */
export function alaw(samples: Float32Array): Buffer {
  return Buffer.from(
    Array.from(samples, (sample) => {
      const value = clip16(sample);
      const magnitude = Math.min(32_767, value < 0 ? ~value : value);
      const segment = Math.max(0, 31 - Math.clz32(magnitude | 1) - 7);
      const step = segment === 0 ? magnitude >> 4 : (magnitude >> (segment + 3)) & 15;
      return ((value < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
    }),
  );
}
