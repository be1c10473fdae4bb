import type { Final, SessionSpec } from '@verbatim/contracts';
import { ManualClock } from '@verbatim/contracts/testing';
import type { StageSpan } from '@verbatim/kit';
import { RecordedTracing } from '@verbatim/kit/testing';
import { describe, expect, it } from 'vitest';
import { FinalJourney } from './final-journey.ts';

const spec: SessionSpec = {
  sessionId: 's',
  tenant: 't',
  kind: 'live',
  model: 'm',
  language: null,
  task: 'transcribe',
  prompt: '',
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  partialResults: true,
  overflow: 'block',
  silenceMs: 500,
  maxUtteranceMs: 15_000,
};

const final: Final = {
  ...{ type: 'final', sequence: 1, utterance: 1, text: 'secret', confidence: 1, language: 'en', reason: 'silence' },
  ...{ start: 1_600, end: 16_000 },
};

/** A journey through a transcriber that reads a second of audio at once, 3 s after it was stored in chunks. */
async function travel(kind: SessionSpec['kind']) {
  const clock = new ManualClock();
  const stages: StageSpan[] = [];
  const tracing = new RecordedTracing();
  const observer = { onFinal: (all: readonly StageSpan[]) => void stages.push(...all) };
  const options = { bus: { system: 'nats' as const }, clock, observer, tracing };
  const journey = new FinalJourney({ spec: { ...spec, kind } }, options);
  const origin = clock.wall();
  await clock.advance(4_000);
  for (let chunk = 0; chunk < 10; chunk++) {
    const storedAt = origin + 100 * (chunk + 1);
    journey.read({ type: 'audio', firstSample: chunk * 1_600, pcm16: new Int16Array(1_600), storedAt });
  }
  const endKnownAt = clock.wall();
  const timing = { lastSound: 16_000, endKnownAt, decode: { began: endKnownAt, ended: endKnownAt + 50 } };
  await clock.advance(60);
  const passage = journey.committed(final, timing, clock.wall());
  return { passage, stages, spans: tracing.spans, origin };
}

describe('the journey of a final', () => {
  it('begins with its last sound, and its trace with its first, before all that is in it', async () => {
    const { passage, stages, spans, origin } = await travel('live');
    expect(stages[0]).toEqual({ stage: 'queue', from: origin + 1_000, to: origin + 4_000 });
    expect(passage).toMatchObject({ committedAt: origin + 4_060, trace: {} });
    expect(spans[0]).toMatchObject({ name: 'utterance', options: { from: origin + 200 } });
    expect(spans.every(({ ended }) => ended === 1)).toBe(true);
    for (const { options } of spans) expect(options.from).toBeGreaterThanOrEqual(spans[0]!.options.from!);
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('is nobody’s concern in a job', async () => {
    expect(await travel('job')).toMatchObject({ passage: undefined, stages: [], spans: [] });
  });
});
