import ssri from 'ssri';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, findModel } from './catalogue.ts';

describe('the catalogue', () => {
  it('finds a model by its id', () => {
    expect(findModel('moonshine-tiny').languages).toEqual(['en']);
  });

  it('names the models there are when asked for another', () => {
    expect(() => findModel('whisper-base')).toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        field: 'model',
        message: 'There is no model "whisper-base" in this version; choose one of: moonshine-tiny.',
      }),
    );
  });

  it.each(CATALOGUE)('pins every file of $id by a full hash', ({ source, files }) => {
    expect(ssri.parse(source.integrity)?.hexDigest()).toMatch(/^[0-9a-f]{128}$/);
    for (const file of files) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  });
});
