import type { Partial } from '@verbatim/contracts';
import { partialLine } from './partial-line.ts';

const ERASE_LINE = '\r\u001b[K';

/** One line at the bottom of a terminal that shows what is being said; without a terminal, nothing. */
export class LiveLine {
  readonly #terminal: NodeJS.WriteStream | null;
  #drawn = false;

  constructor(terminal: NodeJS.WriteStream | null) {
    this.#terminal = terminal;
  }

  show({ text, stableChars }: Pick<Partial, 'text' | 'stableChars'>): void {
    if (this.#terminal === null) return;
    this.#terminal.write(`${ERASE_LINE}${partialLine(text, stableChars, this.#terminal.columns || 80)}`);
    this.#drawn = true;
  }

  /** Before anything else is written to the terminal. */
  erase(): void {
    if (!this.#drawn) return;
    this.#terminal?.write(ERASE_LINE);
    this.#drawn = false;
  }
}
