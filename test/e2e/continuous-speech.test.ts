import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, clip, joined } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { wordErrorRate, wordErrors } from '../support/word-alignment.ts';

const NAMES = [
  'ljspeech-0001',
  'librispeech-367-0002',
  'librispeech-367-0008',
  'librispeech-3331-0007',
  'vctk-p225-011',
  'ljspeech-0004',
];

/** The part of a clip from its first to its last loud moment: no pause is left where clips meet. */
function withoutEdges(pcm16: Int16Array): Int16Array {
  const loud = pcm16.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 12;
  const first = pcm16.findIndex((sample) => Math.abs(sample) > loud);
  const last = pcm16.findLastIndex((sample) => Math.abs(sample) > loud);
  return pcm16.subarray(Math.max(0, first - 800), last + 800);
}

onEveryDeployment((start) => {
  let server: Deployment;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  it('ten minutes of speech without a pause lose and double no word at the cuts', async () => {
    const clips = NAMES.map(clip);
    const once = joined(...clips.map(({ pcm16 }) => withoutEdges(pcm16)));
    const rounds = Math.ceil((600 * 16_000) / once.length);
    const stream = new GrpcStream(server.grpcAddress, { partialResults: false, silenceMs: 1_500 });
    for (let round = 0; round < rounds; round++) await stream.sendAudio(bytesOf(once), 32_000);
    stream.end();
    expect((await stream.status).details).toBe('OK');
    const finals = stream.of('final');
    const seconds = stream.of('closed')[0].audioSeconds;
    expect(seconds).toBeGreaterThan(600);
    expect(finals.length).toBeGreaterThanOrEqual(seconds / 15);
    // Every sample belongs to one utterance: each begins where the one before was cut. A decode that ends in a loop has no text
    // and says so; which one does, if any, differs between processors.
    const loops = stream.of('suppressed');
    expect(loops.length).toBeLessThanOrEqual(1);
    const utterances = [...finals, ...loops].toSorted((a, b) => Number(a.start) - Number(b.start));
    for (const [i, { start }] of utterances.slice(1).entries()) expect(start).toBe(utterances[i].end);
    const reference = Array.from({ length: rounds }, () => clips.flatMap(({ text }) => normaliseWords(text))).flat();
    const errors = wordErrors(reference, normaliseWords(stream.text));
    // The clips by themselves give 5% errors, most of them other words for those that were said.
    expect(wordErrorRate(errors)).toBeLessThan(9);
    expect(errors.deleted / reference.length).toBeLessThan(0.02);
    expect(errors.inserted / reference.length).toBeLessThan(0.02);
  }, 120_000);
});
