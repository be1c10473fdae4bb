import { resolve } from 'node:path';
import { type MediaInfo, SAMPLE_RATE } from '@verbatim/contracts';
import { blocksOf } from './blocks.ts';
import type { DecodeOptions, FileOptions } from './decode-options.ts';
import { decodeWithFfmpeg, probeWithFfmpeg } from './ffmpeg-file.ts';
import { undecodable } from './file-errors.ts';
import { type FileHead, readHead } from './file-head.ts';
import { decodePlainFile, openPlainFile, type PlainFile, plainInfo } from './plain-file.ts';
import { hasFfmpeg } from './tools.ts';

export type { DecodeLimits, DecodeOptions, FileOptions } from './decode-options.ts';
export { findMediaTools, hasFfmpeg, type MediaTools } from './tools.ts';

/**
 * Looks into a file.
 * @throws SttError `undecodable_audio`, `audio_too_long`, `decoder_missing` (which says what to install), `unavailable`
 *   (ffmpeg could not work; another try may succeed); the signal's reason.
 */
export async function probeMedia(path: string, options: FileOptions): Promise<MediaInfo> {
  const head = await readHead(path);
  if (head.bytes === 0) throw undecodable('it is empty');
  if (options.rawFormat === null && head.kind.type === 'other') throw undecodable(`it is ${head.kind.name}`);
  const plain = await openPlain(path, head, options);
  if (plain === null) return await probeWithFfmpeg(resolve(path), options);
  plain.close();
  options.signal.throwIfAborted();
  return plainInfo(plain, head, options);
}

/**
 * A file's audio, 16 kHz mono, in blocks of up to 0.4 s: the same samples each time, no faster than they are read.
 * Leaving early ends whatever decodes it.
 * @throws SttError as probeMedia does; the signal's reason; RangeError for a channel that the file does not have, which
 *   ffmpeg would take for silence.
 */
export async function* decodeMedia(
  path: string,
  info: MediaInfo,
  options: DecodeOptions,
): AsyncGenerator<Int16Array, void, undefined> {
  const { channel } = options;
  if (channel !== null && !(Number.isInteger(channel) && channel >= 0 && channel < info.channelCount)) {
    throw new RangeError(`There is no channel ${channel} of ${info.channelCount} in the file.`);
  }
  const plain = await openPlain(path, await readHead(path), options);
  const decoded = plain === null ? decodeWithFfmpeg(resolve(path), info, options) : decodePlainFile(plain, options);
  for await (const samples of decoded) yield* blocksOf(samples);
}

/**
 * A file that is read here; null for one that is ffmpeg's. Resampling takes this process's main thread half a minute for an
 * hour of 44.1 kHz stereo, which live sessions would feel: where ffmpeg is, it does that, in a process of low priority.
 */
async function openPlain(path: string, head: FileHead, { rawFormat, tools }: FileOptions): Promise<PlainFile | null> {
  const plain = await openPlainFile(path, head, rawFormat);
  const isOurs = rawFormat !== null || plain?.format.sampleRateHertz === SAMPLE_RATE || !hasFfmpeg(tools);
  if (plain === null || isOurs) return plain;
  plain.close();
  return null;
}
