import { type AudioFormat, ENCODINGS, type Encoding, SESSION_LIMITS } from '@verbatim/contracts';
import { FORMATS, type Format } from '@verbatim/formats';
import { Option } from 'commander';
import { STDIN } from '../audio/audio-input.ts';
import { UsageError } from '../cli-error.ts';
import { type SpeechOptions, speechOptions, wholeNumber } from './options.ts';

/** As commander gives them. */
export interface TranscribeOptions extends SpeechOptions {
  readonly format: Format;
  readonly output?: string;
  readonly live?: boolean;
  readonly pace?: boolean;
  readonly raw?: boolean;
  readonly sampleRate?: number;
  readonly encoding?: Encoding;
  readonly channels?: number;
}

/**
 * Silence that ends an utterance of a file, in milliseconds: nobody waits for it, and whole sentences read better. Over the
 * English clips 1500 ms gives 8.2% word errors, 1000 ms 9.2%, the 500 ms of live sessions 10.1%.
 */
export const FILE_SILENCE_MS = 1_500;

export const transcribeOptions = (): Option[] => [
  new Option('-f, --format <format>', 'how the text is written').choices(FORMATS).default('text'),
  new Option('-o, --output <file>', 'write the result to a file (one FILE only)'),
  ...speechOptions(`${FILE_SILENCE_MS}`),
  new Option(
    '--live',
    'show the text while it grows, and write each utterance as it is final (default: on a terminal)',
  ),
  new Option('--no-live', 'show a progress bar instead'),
  new Option('--pace', 'feed the audio as fast as it was spoken, and not as fast as it is recognised'),
  new Option('--raw', 'FILE is PCM without a header, as the next three options say'),
  new Option('--sample-rate <hertz>', 'of raw audio (default: 16000)').argParser(
    wholeNumber(SESSION_LIMITS.sampleRateHertz),
  ),
  new Option('--encoding <name>', 'of raw audio (default: linear16)').choices(ENCODINGS),
  new Option('--channels <count>', 'of raw audio, interleaved (default: 1)').argParser(
    wholeNumber(SESSION_LIMITS.channelCount),
  ),
];

export const TRANSCRIBE_HELP = `
FILE is a WAV file (PCM, float, A-law or mu-law; 8 to 48 kHz); "-" is standard input.
Results go to standard output, everything else to standard error.

Several files are read one after another:
  text   each under a line "FILE:"
  json   one array with an object for each file; one that failed has "error" in place of its text
  srt, vtt   one FILE only
A file that fails does not stop the others; the exit code is 1 then.

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 ended by Ctrl-C.`;

/**
 * What single options can't know.
 * @throws UsageError
 */
export function checkTranscribe(files: readonly string[], options: TranscribeOptions): void {
  const { format, output, raw, sampleRate, encoding, channels } = options;
  if (files.length > 1 && output !== undefined) {
    throw new UsageError(
      `--output holds the result of one FILE, and ${files.length} were given; run the command for each.`,
    );
  }
  if (files.length > 1 && (format === 'srt' || format === 'vtt')) {
    throw new UsageError(
      `Subtitles belong to one FILE, and ${files.length} were given; run the command for each, or take --format json.`,
    );
  }
  if (files.filter((file) => file === STDIN).length > 1) {
    throw new UsageError('Standard input ("-") can be read only once.');
  }
  if (!raw && [sampleRate, encoding, channels].some((option) => option !== undefined)) {
    throw new UsageError('--sample-rate, --encoding and --channels describe raw audio; add --raw, or leave them out.');
  }
}

/** The format of audio without a header; undefined where a header is expected. */
export const rawFormat = ({ raw, sampleRate, encoding, channels }: TranscribeOptions): AudioFormat | undefined =>
  raw
    ? { encoding: encoding ?? 'linear16', sampleRateHertz: sampleRate ?? 16_000, channelCount: channels ?? 1 }
    : undefined;
