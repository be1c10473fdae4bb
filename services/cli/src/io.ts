import type { Env } from '@verbatim/kit';
import type { Output } from './output.ts';

/** Everything of the outer world that a command may touch. */
export interface Io {
  /** Results. */
  readonly stdout: Output;
  /** For people: progress, notices, errors. */
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** The same stream as `stdout`, to be drawn on where it is a terminal and `stderr` is none. */
  readonly terminal: NodeJS.WriteStream;
  readonly env: Env;
  /** Aborts when a signal asks the command to end or nobody reads its results; the first call starts to listen. */
  interruption(): AbortSignal;
}
