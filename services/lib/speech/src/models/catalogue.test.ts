import ssri from 'ssri';
import { describe, expect, it } from 'vitest';
import { whisperLanguages } from '../engines/whisper/languages.ts';
import { CATALOGUE, findModel, type ModelEntry } from './catalogue.ts';
import { isPinned } from './file-contents.ts';

const whisper = CATALOGUE.filter(({ family }) => family === 'whisper');

const pinOf = ({ source }: ModelEntry): string =>
  source.kind === 'npm' ? (ssri.parse(source.integrity)?.hexDigest() ?? '') : source.revision;

describe('the catalogue', () => {
  it('finds a model by its id', () => {
    expect(findModel('moonshine-tiny').languages).toEqual(['en']);
    expect(findModel('whisper-base')).toMatchObject({
      family: 'whisper',
      source: { repository: 'openai/whisper-base' },
    });
  });

  it('finds a model by another name of it', () => {
    expect(findModel('whisper-large').id).toBe('whisper-large-v3');
    expect(findModel('whisper-turbo').id).toBe('whisper-large-v3-turbo');
  });

  it('names the models there are when asked for another', () => {
    expect(() => findModel('whisper-huge')).toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        field: 'model',
        message: expect.stringMatching(
          /^There is no model "whisper-huge" in this version; choose one of: moonshine-tiny, whisper-tiny, .*\.$/,
        ),
      }),
    );
  });

  it('gives every name to one model', () => {
    const names = CATALOGUE.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CATALOGUE)('pins $id, and no file of it by half', (entry) => {
    expect(pinOf(entry)).toMatch(/^([0-9a-f]{128}|[0-9a-f]{40})$/);
    for (const file of entry.files) {
      expect(file.sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      expect(file.gitSha1 ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40}$/);
      expect(isPinned(file)).toBe(file.size !== undefined);
      expect(file.size ?? file.about).toBeGreaterThan(0);
    }
    expect(new Set(entry.files.map(({ name }) => name)).size).toBe(entry.files.length);
  });

  it('pins no hash twice, except that tokenizers are shared', () => {
    const hashes = whisper
      .flatMap(({ files }) => files)
      .filter(({ name }) => name !== 'tokenizer.json')
      .flatMap(({ sha256, gitSha1 }) => sha256 ?? gitSha1 ?? []);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each(whisper)('knows weights of $id that have the size of its shape', ({ shape, files }) => {
    const { d_model: d, encoder_layers: encoder, decoder_layers: decoder, vocab_size, num_mel_bins: mels } = shape!;
    const attention = 4 * d * d + 3 * d;
    const mlp = 8 * d * d + 5 * d;
    const norm = 2 * d;
    const encoderSize = 3 * (mels + d) * d + 2 * d + 1500 * d + encoder * (attention + mlp + 2 * norm) + norm;
    const decoderSize = (vocab_size + 448) * d + decoder * (2 * attention + mlp + 3 * norm) + norm;
    const { size, about = 0 } = files.find(({ name }) => name === 'model.safetensors')!;
    const bytesEach = (size ?? about) / (encoderSize + decoderSize);
    // 16-bit or 32-bit floats, and a header; a size that is only about right is within one in a hundred.
    const slack = size === undefined ? 0.02 : 0.001;
    const distance = Math.min(Math.abs(bytesEach - 2), Math.abs(bytesEach - 4));
    expect(distance / bytesEach).toBeLessThan(slack);
  });

  it('knows the languages of each Whisper model by BCP 47’s names', () => {
    expect(whisperLanguages).toHaveLength(99);
    for (const { id, languages, shape } of whisper) {
      const english = id.startsWith('distil-') || id.endsWith('.en');
      const count = english ? 1 : shape!.vocab_size === 51_866 ? 100 : 99;
      expect(languages, id).toHaveLength(count);
      expect(languages.filter((tag) => Intl.getCanonicalLocales(tag)[0] !== tag)).toEqual(english ? [] : ['tl']);
    }
  });
});
