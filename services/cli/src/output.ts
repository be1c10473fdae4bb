import { ReaderGone } from './cli-error.ts';

/** A stream for results. A reader that goes away early ends the command quietly. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #onGone: (reason: ReaderGone) => void;

  constructor(stream: NodeJS.WriteStream, onGone: (reason: ReaderGone) => void) {
    this.#stream = stream;
    this.#onGone = onGone;
    // The write's own callback handles it; without a listener the stream would throw it as well.
    stream.on('error', () => {});
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Resolves when the text is on its way. @throws ReaderGone; other errors of the stream. */
  write(text: string): Promise<void> {
    if (text === '') return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (!error) return resolve();
        if (!isGone(error)) return reject(error);
        const gone = new ReaderGone('The reader of the results has gone.', { cause: error });
        this.#onGone(gone);
        reject(gone);
      });
    });
  }
}

const isGone = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EOF';
