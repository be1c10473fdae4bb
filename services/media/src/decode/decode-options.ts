import type { AudioFormat } from '@verbatim/contracts';
import type { MediaTools } from './tools.ts';

/** What one file may cost. */
export interface DecodeLimits {
  /** The longest audio, in seconds. */
  readonly maxAudioSeconds: number;
  /** Address space of one ffmpeg, in bytes. Debian's ffmpeg 5.1 maps over 256 MiB of libraries before it begins. */
  readonly memoryBytes: number;
  /** Processor time of one ffmpeg, in seconds. */
  readonly cpuSeconds: number;
  /** ffmpeg that gives nothing for this long while it is waited for is ended, in milliseconds. */
  readonly stallMs: number;
}

export interface FileOptions {
  /** How samples are coded in a file without a header; null: the file says so itself. */
  readonly rawFormat: AudioFormat | null;
  readonly tools: MediaTools;
  readonly limits: DecodeLimits;
  readonly signal: AbortSignal;
}

export interface DecodeOptions extends FileOptions {
  /** Counted from 0; null: all of them mixed. */
  readonly channel: number | null;
  /** Hears, in a sentence, what is odd about the file without being a failure. May hear the same twice. */
  readonly onWarning: (sentence: string) => void;
}
