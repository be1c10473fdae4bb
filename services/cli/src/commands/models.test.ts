import { WHISPER_SIZES, whisperModelId } from '@verbatim/kit';
import { findModel } from '@verbatim/speech';
import { describe, expect, it } from 'vitest';

describe('WHISPER_MODEL', () => {
  it.each(WHISPER_SIZES)('%s names a model of the catalogue by its id', (size) => {
    const id = whisperModelId(size);
    expect(findModel(id)).toMatchObject({ id, family: 'whisper' });
  });
});
