import { rm } from 'node:fs/promises';
import type { ObjectStore } from '@verbatim/bus';
import { type JobSpec, MAX_CHANNELS, SttError } from '@verbatim/contracts';
import type { Spool } from '@verbatim/kit';
import { type DecodeLimits, decodeMedia, type MediaTools, probeMedia } from '../decode/index.ts';
import type { OpenedFile } from './job-run.ts';

export interface UploadOptions {
  readonly objects: ObjectStore;
  /** Where files lie while they are decoded. */
  readonly spool: Spool;
  readonly tools: MediaTools;
  readonly limits: DecodeLimits;
}

/**
 * Fetches a job's upload into the spool and looks into it; disposing the result removes the file.
 * @throws SttError `upload_lost`, or what is wrong with the file.
 */
export async function openUpload(job: JobSpec, options: UploadOptions, signal: AbortSignal): Promise<OpenedFile> {
  const { objects, spool, tools, limits } = options;
  const path = spool.path();
  const remove = () => rm(path, { force: true });
  try {
    if (!(await objects.fetch(job.upload.objectKey, path, signal))) throw uploadLost();
    const { rawFormat } = job;
    const info = await probeMedia(path, { rawFormat, tools, limits, signal });
    if (job.channels === 'separate' && info.channelCount > MAX_CHANNELS) throw tooManyChannels(info.channelCount);
    const warnings = new Set<string>();
    const onWarning = (sentence: string) => warnings.add(sentence);
    return {
      info,
      audio: (channel, ended) =>
        decodeMedia(path, info, { channel, rawFormat, tools, limits, signal: ended, onWarning }),
      get warnings() {
        return [...warnings];
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

const tooManyChannels = (count: number): SttError =>
  new SttError('invalid_argument', `The file has ${count} channels; up to ${MAX_CHANNELS} can be transcribed apart.`, {
    field: 'channels',
  });

const uploadLost = (): SttError =>
  new SttError('upload_lost', 'The server lost the file before it was decoded; upload it again.');
