import { dirname } from 'node:path';
import { type MediaInfo, SAMPLE_RATE } from '@verbatim/contracts';
import { z } from 'zod';
import type { DecodeOptions, FileOptions } from './decode-options.ts';
import { decodeArguments, guessesLength, probeArguments, tellsAudioLength } from './ffmpeg-arguments.ts';
import { failureOf } from './ffmpeg-end.ts';
import { reasonIn } from './ffmpeg-reason.ts';
import { decoderMissing, shorter, tooLong, undecodable } from './file-errors.ts';
import { LimitedChild } from './limited-child.ts';

const BYTES_PER_SAMPLE = 2;
/** What ffprobe says of one stream takes some hundred bytes. */
const MAX_PROBE_BYTES = 64 * 1024;
/** A file may be this much shorter than it announces without a word: encoders pad. */
const TOLERANCE = { seconds: 0.5, share: 0.02 };

const seconds = z.string().transform(Number).pipe(z.number().positive().finite()).optional().catch(undefined);

const probeSchema = z.object({
  format: z.object({ format_name: z.string(), duration: seconds }),
  streams: z.array(
    z.object({
      codec_name: z.string().optional(),
      sample_rate: z.string().transform(Number).optional(),
      channels: z.number().int().optional(),
      duration: seconds,
    }),
  ),
});

/** What ffprobe says of a file. @throws SttError as probeMedia does. */
export async function probeWithFfmpeg(path: string, { tools, limits, signal }: FileOptions): Promise<MediaInfo> {
  if (tools.ffprobe === null || tools.ffmpeg === null) throw decoderMissing();
  const child = new LimitedChild(tools.ffprobe, probeArguments(path), dirname(path), limits);
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of child.output(signal)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MAX_PROBE_BYTES) throw undecodable('what it says of itself has no end');
  }
  if (child.stalled) throw undecodable('looking into it took too long');
  const reason = reasonIn(child.errors, path);
  const failure = failureOf(await child.ended, reason, limits.cpuSeconds);
  if (failure !== null) throw failure;
  const parsed = probeSchema.safeParse(jsonOf(Buffer.concat(pieces).toString()));
  if (!parsed.success) throw undecodable(reason ?? 'it is of no kind that is known');
  const { format, streams } = parsed.data;
  const audio = streams[0];
  if (audio === undefined) throw undecodable('it has no sound');
  const { codec_name, sample_rate, channels } = audio;
  if (!sample_rate || !channels || codec_name === undefined) throw undecodable('its sound is of no kind that is known');
  const container = format.format_name;
  const announced = audio.duration ?? format.duration;
  if (announced !== undefined && !guessesLength(container) && announced > limits.maxAudioSeconds) {
    throw tooLong(limits.maxAudioSeconds);
  }
  return {
    container,
    codec: codec_name,
    durationSeconds: announced ?? null,
    sampleRateHertz: sample_rate,
    channelCount: channels,
  };
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** A file's audio by ffmpeg. @throws SttError as decodeMedia does. */
export async function* decodeWithFfmpeg(
  path: string,
  info: MediaInfo,
  { channel, tools, limits, signal, onWarning }: DecodeOptions,
): AsyncGenerator<Int16Array, void, undefined> {
  if (tools.ffmpeg === null) throw decoderMissing();
  // A second more than is allowed shows that there is more.
  const args = decodeArguments(path, channel, limits.maxAudioSeconds + 1);
  const child = new LimitedChild(tools.ffmpeg, args, dirname(path), limits);
  let samples = 0;
  let half = Buffer.alloc(0);
  for await (const piece of child.output(signal)) {
    const bytes = half.length === 0 ? piece : Buffer.concat([half, piece]);
    const whole = bytes.length - (bytes.length % BYTES_PER_SAMPLE);
    half = Buffer.from(bytes.subarray(whole));
    samples += whole / BYTES_PER_SAMPLE;
    if (samples > limits.maxAudioSeconds * SAMPLE_RATE) throw tooLong(limits.maxAudioSeconds);
    if (whole > 0) yield samplesOf(bytes.subarray(0, whole));
  }
  if (child.stalled) throw undecodable('decoding it came to a standstill');
  const reason = reasonIn(child.errors, path);
  const end = await child.ended;
  const failure = failureOf(end, reason, limits.cpuSeconds);
  if (failure !== null) throw failure;
  if (samples === 0) throw undecodable(reason ?? 'it holds no sound');
  const gaveUp = end.type === 'exit' && end.code !== 0;
  if (reason !== null || gaveUp) onWarning(`Parts of the file are damaged: ${reason ?? 'ffmpeg gave up on them'}.`);
  warnIfShort(info, samples / SAMPLE_RATE, onWarning);
}

const warnIfShort = (
  { container, durationSeconds }: MediaInfo,
  held: number,
  warn: (sentence: string) => void,
): void => {
  if (durationSeconds === null || !tellsAudioLength(container)) return;
  const missing = durationSeconds - held;
  if (missing > TOLERANCE.seconds && missing > durationSeconds * TOLERANCE.share) warn(shorter(durationSeconds, held));
};

/** A copy, aligned to samples: 16-bit little-endian, as every processor that Node 20 runs on but s390x has them. */
const samplesOf = (bytes: Buffer): Int16Array => {
  const samples = new Int16Array(bytes.length / BYTES_PER_SAMPLE);
  new Uint8Array(samples.buffer).set(bytes);
  return samples;
};
