import { describe, expect, it } from 'vitest';
import type { FileEntry, FileState } from './file-entry.ts';
import { failureOf, percent, progressOf, stateInWords } from './file-words.ts';
import { jobOf } from './testing/fakes.ts';

const entry = (state: FileState): FileEntry => ({
  ...{
    id: '1',
    turn: 1,
    name: 'talk.mp3',
    bytes: 10_000_000,
    file: null,
    length: null,
    fields: {},
    idempotencyKey: 'k',
  },
  ...{ problem: null, state },
});
const known = (job: Parameters<typeof jobOf>[1]) => entry({ kind: 'known', job: jobOf('j-1', job) });

describe('how a file is', () => {
  it('tells how many bytes have left', () => {
    expect(stateInWords(entry({ kind: 'uploading', share: 0.25 }))).toBe('Uploading, 2.5 MB of 10.0 MB');
    expect(stateInWords(entry({ kind: 'uploading', share: 1 }))).toBe('Sent; the server is taking it in');
  });

  it('tells how much is transcribed once there is some of it', () => {
    expect(stateInWords(known({ status: 'processing', progress: 0 }))).toBe('Transcribing');
    expect(stateInWords(known({ status: 'processing', progress: 0.421 }))).toBe('Transcribing, 42 %');
  });

  it('never says 100 % before the end', () => {
    expect([0.999, 1].map(percent)).toEqual(['99 %', '100 %']);
  });

  it('has a bar for an upload and for a job at work, and none for what waits or is over', () => {
    expect(progressOf(entry({ kind: 'uploading', share: 0.25 }))).toEqual({ of: 'Upload', share: 0.25 });
    expect(progressOf(known({ status: 'processing', progress: 0.5 }))).toEqual({ of: 'Transcription', share: 0.5 });
    expect(progressOf(known({ status: 'queued' }))).toEqual({ of: 'Transcription', share: 0 });
    for (const over of [entry({ kind: 'waiting' }), known({ status: 'completed', progress: 1 })]) {
      expect(progressOf(over)).toBeNull();
    }
  });

  it('tells why a file was refused, and why a job failed', () => {
    expect(failureOf(entry({ kind: 'unsent', why: 'It is text.', again: 'no' }))).toBe('It is text.');
    expect(
      failureOf(known({ status: 'failed', error: { code: 'undecodable_audio', message: 'No audio in it.' } })),
    ).toBe('No audio in it.');
    expect(failureOf(known({ status: 'completed' }))).toBeNull();
  });
});
