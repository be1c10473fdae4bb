import { dashboard } from './dashboard.ts';
import { lines, number } from './panels.ts';
import { quantile, rate, rise } from './queries.ts';

const DURATION = 'verbatim_job_duration_seconds';
const WAIT = 'verbatim_job_wait_seconds';

export const jobs = dashboard({
  name: 'jobs',
  title: 'Jobs',
  description: 'Files: how many, how long they wait and take, and why they fail.',
  sections: [
    {
      title: 'Files',
      panels: [
        number(
          'Failed, of all',
          'Share of jobs that failed over the time shown. Mostly files without audio.',
          `${rise('verbatim_jobs_finished_total', [], 'status="failed"')} / ${rise('verbatim_jobs_finished_total')}`,
          { orange: 0.05, red: 0.2 },
          { unit: 'percentunit', width: 6 },
        ),
        number(
          'Wait, p95',
          'From creation to the first worker; under 1 s where there is room.',
          quantile(0.95, WAIT),
          { orange: 30, red: 300 },
          { unit: 's', width: 6 },
        ),
        number(
          'Audio an hour',
          'Hours of audio of completed jobs, for each hour.',
          rate('verbatim_jobs_audio_seconds_total'),
          null,
          { width: 6 },
        ),
        number(
          'Media slots in use',
          'Files in work over what media processes take at a time.',
          'sum(verbatim_media_files) / sum(verbatim_media_slots)',
          { orange: 0.8, red: 1 },
          { unit: 'percentunit', width: 6 },
        ),
        lines(
          'Created, finished, cancelled',
          'Each second. Created above finished for long: add media processes or transcribers.',
          [
            [rate('verbatim_jobs_created_total'), 'created'],
            [rate('verbatim_jobs_finished_total', ['status']), '{{status}}'],
            [rate('verbatim_jobs_cancelled_total'), 'cancelled'],
          ],
          { unit: 'ops' },
        ),
        lines(
          'Failures',
          'Each second, by code. internal and upload_lost are ours; the others are the files’.',
          [[rate('verbatim_jobs_finished_total', ['code'], 'status="failed"'), '{{code}}']],
          { unit: 'ops' },
        ),
        lines(
          'Duration',
          'From creation to end. It grows with the length of files; live sessions go first.',
          [
            [quantile(0.5, DURATION), 'p50'],
            [quantile(0.95, DURATION), 'p95'],
          ],
          { unit: 's' },
        ),
        lines(
          'Wait',
          'From creation to the first worker.',
          [
            [quantile(0.5, WAIT), 'p50'],
            [quantile(0.95, WAIT), 'p95'],
          ],
          { unit: 's' },
        ),
        lines('Files in work', 'By media process, beneath its slots.', [
          ['sum by (instance) (verbatim_media_files)', '{{instance}}'],
          ['sum(verbatim_media_slots)', 'slots of all'],
        ]),
        lines(
          'No audio to be had',
          'Each second, files that ffmpeg could not decode, by code. decoder_missing: a process without ffmpeg.',
          [[rate('verbatim_ffmpeg_failures_total', ['code']), '{{code}}']],
          { unit: 'ops' },
        ),
        lines(
          'Uploads',
          'Bytes each second, and those refused before their file came.',
          [[rate('verbatim_upload_bytes_total'), 'bytes']],
          { unit: 'Bps' },
        ),
        lines(
          'Uploads refused',
          'Each second, by code. no_capacity: the store for uploads is full.',
          [[rate('verbatim_uploads_refused_total', ['code']), '{{code}}']],
          { unit: 'ops' },
        ),
      ],
    },
  ],
});
