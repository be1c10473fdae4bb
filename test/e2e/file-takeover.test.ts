import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import { missingServers } from '../cluster/programs.ts';
import { clip, joined, silence } from '../support/clips.ts';
import { FilesClient, type JobBody } from '../support/files-client.ts';
import { converted, hasFfmpeg, wavOf } from '../support/media-files.ts';

/** Five minutes: long enough to be met in the middle. */
const audio = joined(
  ...Array.from({ length: 12 }, (_, i) => [
    clip('jfk').pcm16,
    silence(0.3 + (i % 4)),
    clip('ljspeech-0001').pcm16,
    clip('goforward').pcm16,
    silence(2),
  ]).flat(),
);
const wav = wavOf(audio);

const missing = missingServers();
describe.skipIf(missing !== null)(`a job whose worker is killed${missing === null ? '' : ` (${missing})`}`, () => {
  let cluster: Cluster;
  let files: FilesClient;
  let undisturbed: JobBody;
  beforeAll(async () => {
    const settings = { LOG_LEVEL: 'silent', CLAIM_ACK_WAIT_MS: '1500' };
    cluster = await Cluster.start({ ingresses: 1, transcribers: 2, media: 2, settings });
    files = new FilesClient(cluster.ingresses[0]!.addresses.http!);
    undisturbed = await files.finished(await files.create(wav));
    expect(undisturbed.status).toBe('completed');
  }, 120_000);
  afterAll(() => cluster.stop());

  const untilHalfWay = async (job: JobBody) => {
    while ((await files.get(job.job_id)).progress < 0.3) await sleep(20);
  };
  const result = ({ status, result }: JobBody) => ({ status, result });

  /** Kills each of them while the job runs, and starts it again. */
  const killing = async (members: () => Member[], file: Uint8Array, name: string): Promise<JobBody> => {
    const job = await files.create(file, { name });
    await untilHalfWay(job);
    const doomed = members();
    for (const member of doomed) member.kill('SIGKILL');
    await Promise.all(doomed.map(({ exited }) => exited));
    expect((await files.get(job.job_id)).status).toBe('processing');
    await Promise.all(doomed.map((member) => cluster.restart(member.name)));
    return await files.finished(job);
  };

  it('goes on at another transcriber, and its result is the same', async () => {
    expect(result(await killing(() => cluster.transcribers, wav, 'a.wav'))).toEqual(result(undisturbed));
  }, 90_000);

  it('goes on at another media worker, and its result is the same', async () => {
    expect(result(await killing(() => cluster.media, wav, 'a.wav'))).toEqual(result(undisturbed));
  }, 90_000);

  it('goes on when both are killed at once, and its result is the same', async () => {
    const both = () => [...cluster.transcribers, ...cluster.media];
    expect(result(await killing(both, wav, 'a.wav'))).toEqual(result(undisturbed));
  }, 90_000);

  it.skipIf(!hasFfmpeg)(
    'goes on where ffmpeg decodes its file, and its result is the same',
    async () => {
      const flac = converted(wav, 'flac');
      const alone = await files.finished(await files.create(flac, { name: 'a.flac' }));
      expect(result(await killing(() => cluster.media, flac, 'a.flac'))).toEqual(result(alone));
    },
    90_000,
  );

  it('goes on when its media worker is told to stop', async () => {
    const job = await files.create(wav);
    await untilHalfWay(job);
    for (const { name } of cluster.media) await cluster.restart(name);
    expect(result(await files.finished(job))).toEqual(result(undisturbed));
  }, 90_000);
});
