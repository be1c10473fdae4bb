import { readFileSync } from 'node:fs';
import { STAGES } from '@verbatim/kit';
import { describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { WsClient } from '../support/ws-client.ts';

const spoken = joined(clip('goforward').pcm16, silence(1), clip('ljspeech-0004').pcm16);

const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
/** The metrics that docs/metrics.md tells of. */
const documented = new Set([...docs.matchAll(/^(?:\| )?`(verbatim_\w+)/gm)].map(([, name]) => name!));
/** Those of links, which one process alone has not. */
const OF_LINKS = ['verbatim_nats_up', 'verbatim_redis_up'];

async function exposition({ metricsUrls }: Deployment): Promise<string> {
  const texts = await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()));
  return texts.join('\n');
}

/** OpenMetrics names a counter without the `_total` of its samples. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (verbatim_\w+) (\w+)/gm)].map(
    ([, name, type]) => name + (type === 'counter' ? '_total' : ''),
  );

const DOORS = ['websocket', 'grpc'];
const labelsOf = (door: string): string => `door="${door}",model="moonshine-tiny"`;

/** The sum over all processes of a sample by its name and labels. */
function sumOf(text: string, sample: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${sample} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(sample.length)), 0);
}

const ofStage = (text: string, what: 'count' | 'sum', stage: string): number =>
  ['silence', 'client'].reduce(
    (sum, by) => sum + sumOf(text, `verbatim_stage_duration_seconds_${what}{stage="${stage}",ended_by="${by}"}`),
    0,
  );

describe('metrics', () => {
  onEveryDeployment((start) => {
    it('tell how long clients waited, at which door, and in which stage, and every one of them is documented', async () => {
      await using server = await start();
      const ws = await WsClient.open(server.wsUrl);
      ws.raw(bytesOf(spoken));
      ws.json({ type: 'end' });
      await ws.closed;
      const grpc = new GrpcStream(server.grpcAddress, {});
      await grpc.sendAudio(bytesOf(spoken));
      grpc.end();
      await grpc.status;

      const text = await exposition(server);
      for (const door of DOORS) {
        expect(sumOf(text, `verbatim_final_seconds_count{${labelsOf(door)}}`), door).toBeGreaterThanOrEqual(1);
        expect(sumOf(text, `verbatim_first_partial_seconds_count{${labelsOf(door)}}`), door).toBeGreaterThanOrEqual(1);
      }
      const finals = DOORS.reduce(
        (sum, door) => sum + sumOf(text, `verbatim_final_seconds_count{${labelsOf(door)}}`),
        0,
      );
      for (const stage of STAGES) {
        expect(ofStage(text, 'count', stage), stage).toBe(finals);
      }
      // Clocks of whole milliseconds, and nats-server's own, say slightly different things about where one stage ends.
      const stages = STAGES.map((stage) => ofStage(text, 'sum', stage));
      const waited = DOORS.reduce((sum, door) => sum + sumOf(text, `verbatim_final_seconds_sum{${labelsOf(door)}}`), 0);
      const added = stages.reduce((sum, stage) => sum + stage, 0);
      expect(Math.abs(added - waited) / waited, `${added} s in stages, ${waited} s waited`).toBeLessThan(0.1);
      expect(sumOf(text, 'verbatim_events_total{type="final"}')).toBeGreaterThanOrEqual(4);
      expect(sumOf(text, 'verbatim_audio_received_seconds_total')).toBeCloseTo((2 * spoken.length) / 16_000, 0);

      const names = namesIn(text);
      expect(names.filter((name) => !documented.has(name))).toEqual([]);
      if (server.metricsUrls.length === 1) {
        const told = new Set([...names, ...OF_LINKS]);
        expect([...documented].filter((name) => !told.has(name))).toEqual([]);
      }
      // No label has a session's name, nor any other value of which there may be ever more.
      expect(text).not.toMatch(/^verbatim_.*\{.*(session|job)_?id/im);
    }, 90_000);
  });
});
