import type { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { floatTensor } from '../../models/onnx/tensors.ts';
import { hop, windowSize } from './front-end.ts';
import { melFilters } from './mel-filters.ts';
import type { WhisperWeights } from './whisper-weights.ts';

const frequencies = windowSize / 2 + 1;

/** Audio f32 [samples] → encoder input [1, frames, hidden]: log-mel spectrum, two convolutions, positions. */
export async function frontEndGraph(builder: GraphBuilder, weights: WhisperWeights, audio: string): Promise<string> {
  const { hidden, melBins } = weights.shape;
  let x = logMel(builder, audio, melBins);
  const inputs = [melBins, hidden];
  for (const [index, stride] of [1, 2].entries()) {
    const name = `encoder.conv${index + 1}`;
    const kernel = [hidden, inputs[index] ?? 0, 3];
    const values = await weights.floats(`${name}.weight`, kernel);
    const bias = await weights.floats(`${name}.bias`, [hidden]);
    const convolved = builder.node(
      'Conv',
      [
        x,
        builder.constant(floatTensor(`${name}.weight`, kernel, values)),
        builder.constant(floatTensor(`${name}.bias`, [hidden], bias)),
      ],
      { attributes: { pads: [1, 1], strides: [stride] } },
    );
    x = builder.node('Gelu', [convolved], { domain: 'com.microsoft' });
  }
  return addPositions(builder, weights, builder.node('Transpose', [x], { attributes: { perm: [0, 2, 1] } }));
}

/** The learnt position of each frame, added to it. */
async function addPositions(builder: GraphBuilder, weights: WhisperWeights, x: string): Promise<string> {
  const { frames, hidden } = weights.shape;
  const table = await weights.floats('encoder.embed_positions.weight', [frames, hidden]);
  const length = builder.node('Shape', [x], { attributes: { start: 1, end: 2 } });
  const positions = builder.constant(floatTensor('encoder.positions', [frames, hidden], table));
  const used = builder.node('Slice', [positions, builder.ints([0]), length, builder.ints([0])]);
  return builder.node('Add', [x, used]);
}

/** As in OpenAI whisper/audio.py, with the transform as a strided convolution: [samples] → [1, bins, samples / 160]. */
function logMel(builder: GraphBuilder, audio: string, bins: number): string {
  const framed = builder.node('Unsqueeze', [audio, builder.ints([0, 1])]);
  const half = windowSize / 2;
  const begun = builder.node('Pad', [framed, builder.ints([0, 0, half, 0, 0, 0])], { attributes: { mode: 'reflect' } });
  // The end of the audio is silence that the engine added: zeros go on as well as its reflection would.
  const padded = builder.node('Pad', [begun, builder.ints([0, 0, 0, 0, 0, half - hop])]);
  const basis = builder.constant(floatTensor('fourier', [2 * frequencies, 1, windowSize], windowedFourier()));
  const spectrum = builder.node('Conv', [padded, basis], { attributes: { strides: [hop] } });
  const [real = '', imaginary = ''] = builder.nodeOutputs(
    'Split',
    [spectrum, builder.ints([frequencies, frequencies])],
    {
      attributes: { axis: 1 },
      outputs: ['spectrum.real', 'spectrum.imaginary'],
    },
  );
  const power = builder.node('Add', [builder.node('Mul', [real, real]), builder.node('Mul', [imaginary, imaginary])]);
  const filters = builder.constant(floatTensor('mel_filters', [bins, frequencies], melFilters(bins)));
  const mel = builder.node('Max', [builder.node('MatMul', [filters, power]), builder.scalar(1e-10)]);
  const log = builder.node('Mul', [builder.node('Log', [mel]), builder.scalar(1 / Math.LN10)]);
  const loudest = builder.node('ReduceMax', [log], { attributes: { axes: [1, 2], keepdims: 1 } });
  const floor = builder.node('Sub', [loudest, builder.scalar(8)]);
  const clamped = builder.node('Max', [log, floor]);
  return builder.node('Mul', [builder.node('Add', [clamped, builder.scalar(4)]), builder.scalar(0.25)]);
}

/** Cosines, then negative sines, of each frequency under a periodic Hann window: 2 × 201 rows of 400. */
function windowedFourier(): Float32Array {
  const basis = new Float32Array(2 * frequencies * windowSize);
  for (let frequency = 0; frequency < frequencies; frequency++) {
    for (let sample = 0; sample < windowSize; sample++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * sample) / windowSize);
      const angle = (2 * Math.PI * ((frequency * sample) % windowSize)) / windowSize;
      basis[frequency * windowSize + sample] = Math.cos(angle) * hann;
      basis[(frequencies + frequency) * windowSize + sample] = -Math.sin(angle) * hann;
    }
  }
  return basis;
}
