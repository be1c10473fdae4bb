import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Env } from '@verbatim/kit';
import { CliError } from '../cli-error.ts';

/** What the microphone gives: 16-bit mono at 16 kHz. */
export const MICROPHONE = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 } as const;

/** A program that writes the microphone's audio, as MICROPHONE, to its standard output. */
export interface Recorder {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Chooses how to record.
 * @param has whether a program is on this machine
 * @param device absent: the system's default microphone
 * @throws CliError when there is no program for it, or Windows is given no device.
 */
export function chooseRecorder(
  platform: NodeJS.Platform,
  has: (program: string) => boolean,
  device: string | undefined,
): Recorder {
  if (platform === 'linux' && has('arecord')) {
    const named = device === undefined ? [] : ['-D', device];
    return { command: 'arecord', args: ['-q', ...named, '-t', 'raw', '-f', 'S16_LE', '-r', '16000', '-c', '1'] };
  }
  if (!has('ffmpeg')) {
    const wanted = platform === 'linux' ? 'arecord (package alsa-utils) or ffmpeg' : 'ffmpeg';
    throw new CliError(`The microphone is read through ${wanted}, which is not on this machine; install it first.`);
  }
  return { command: 'ffmpeg', args: ['-nostdin', '-v', 'error', ...source(platform, device), ...AS_PCM] };
}

const AS_PCM = ['-ac', '1', '-ar', '16000', '-f', 's16le', '-flush_packets', '1', 'pipe:1'];

const source = (platform: NodeJS.Platform, device: string | undefined): string[] => {
  if (platform === 'darwin') return ['-f', 'avfoundation', '-i', `:${device ?? 'default'}`];
  if (platform !== 'win32') return ['-f', 'pulse', '-i', device ?? 'default'];
  if (device !== undefined) return ['-f', 'dshow', '-i', `audio=${device}`];
  throw new CliError(
    'Windows has no default microphone for ffmpeg: name one with --device, out of what "ffmpeg -list_devices true -f dshow -i dummy" prints.',
  );
};

/** Looks a program up in the folders of PATH. */
export const onPath =
  (env: Env, platform: NodeJS.Platform) =>
  (program: string): boolean => {
    const name = platform === 'win32' ? `${program}.exe` : program;
    return (env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, name)));
  };

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
