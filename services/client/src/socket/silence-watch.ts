import type { Clock } from '@verbatim/contracts';

const LOOK_EVERY_MS = 5_000;
const SILENT_LOOKS = 5;

export interface SilenceWatchOptions {
  readonly clock: Clock;
  /** Asks the other side for a sign of life, where the platform has a way to. */
  readonly probe?: () => void;
  readonly onSilent: () => void;
}

/**
 * Notices a connection that is dead without a word, as when a laptop has left its network: 20 to 25 s without a sign of life
 * although something was sent, well within the time to resume a session. A server says every few seconds how far it is, also
 * when there is no audio. Looks are counted rather than milliseconds, because a page that was frozen wakes up to a late look
 * before it hears what has come meanwhile.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #isAsking: boolean;
  #silentLooks = 0;
  #cancel: () => void;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#isAsking = this.#probes;
    this.#cancel = this.#later();
  }

  /** Something was sent. */
  sent(): void {
    this.#isAsking = true;
  }

  /** Something came. */
  heard(): void {
    this.#isAsking = this.#probes;
    this.#silentLooks = 0;
  }

  stop(): void {
    this.#cancel();
  }

  get #probes(): boolean {
    return this.#options.probe !== undefined;
  }

  #look(): void {
    if (this.#isAsking && ++this.#silentLooks === SILENT_LOOKS) {
      this.#options.onSilent();
      return;
    }
    this.#cancel = this.#later();
    this.#options.probe?.();
  }

  #later(): () => void {
    return this.#options.clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}
