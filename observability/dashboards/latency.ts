import { STAGES, type Stage } from '@verbatim/kit';
import { dashboard } from './dashboard.ts';
import { heatmap, lines } from './panels.ts';
import { mean, quantile, rate } from './queries.ts';

const STAGE = 'verbatim_stage_duration_seconds';
const FINAL = 'verbatim_final_seconds';
const FIRST = 'verbatim_first_partial_seconds';
const OF_INSTANCE = 'instance=~"$instance"';
const BY_SILENCE = 'ended_by="silence"';

/** What is usual in a stage, and where to look where it is not. */
const USUAL: Record<Stage, string> = {
  receive: 'The door puts audio into the log: 1 to 60 ms, as chunks are gathered. Slow: NATS, or a door without CPU.',
  queue: 'In the log until it is read: some ms. Slow: NATS, or a transcriber whose event loop is late.',
  vad: 'The silence that ends an utterance, 0.5 s by default, and the detector. Far above it: the transcriber lacks CPU.',
  buffer: 'What a caller feels of the wait for a worker: 0 where there is room. Slow: too many sessions for the CPU.',
  decode:
    'What a caller feels of the decode: 0 where it was done within the silence, all of it where the client ended the utterance.',
  stabilise: 'Until the finals before it are committed: some ms. Slow: an earlier final waits.',
  commit: 'The session store keeps the final: some ms. Slow: Redis or the way to it.',
  deliver: 'Back to the door and onto the caller’s connection: some ms. Slow: a caller that does not read, or NATS.',
};

export const latency = dashboard({
  name: 'latency',
  title: 'Latency by stage',
  description: 'Where the time goes between the last sound and the final text, and at which process.',
  instancesOf: `${STAGE}_count`,
  sections: [
    {
      title: 'The whole way',
      panels: [
        lines(
          'Mean of each stage',
          'Of utterances that silence ended: on top of each other, the mean time to the final text. The one that grew is the one to look at.',
          STAGES.map((stage) => [mean(STAGE, [], `stage="${stage}", ${BY_SILENCE}`), stage] as const),
          { unit: 's', stacked: true },
        ),
        lines(
          'p95 of each stage',
          'One that is above its usual has its own row below. vad holds the silence itself, 0.5 s by default.',
          STAGES.map((stage) => [quantile(0.95, STAGE, [], `stage="${stage}", ${BY_SILENCE}`), stage] as const),
          { unit: 's' },
        ),
        heatmap(
          'Final text',
          'Last sound to final text. Points are single utterances with a trace.',
          rate(`${FINAL}_bucket`, ['le']),
        ),
        heatmap(
          'First words',
          'First sound to first words. Points lead to the trace of the session’s request.',
          rate(`${FIRST}_bucket`, ['le']),
        ),
        lines(
          'Final text by door and model',
          'p95. One model alone: its transcribers; one door alone: its clients or its processes.',
          [[quantile(0.95, FINAL, ['door', 'model']), '{{door}} {{model}}']],
          { unit: 's' },
        ),
        lines(
          'Decodes',
          'p95 of the wait for a worker and of a batch, by kind. Partials may wait: they are thinned first.',
          [
            [quantile(0.95, 'verbatim_decode_wait_seconds', ['kind']), 'wait {{kind}}'],
            [quantile(0.95, 'verbatim_decode_duration_seconds', ['kind']), 'decode {{kind}}'],
          ],
          { unit: 's' },
        ),
      ],
    },
    ...STAGES.map((stage) => ({
      title: `Stage ${stage}`,
      panels: [
        heatmap(
          `${stage}: all of it`,
          USUAL[stage],
          rate(`${STAGE}_bucket`, ['le'], `stage="${stage}", ${OF_INSTANCE}`),
        ),
        lines(
          `${stage}: p95 by instance`,
          `${USUAL[stage]} One instance alone: that pod or its node.`,
          [[quantile(0.95, STAGE, ['instance'], `stage="${stage}", ${OF_INSTANCE}`), '{{instance}}']],
          { unit: 's', exemplars: true },
        ),
      ],
    })),
  ],
});
