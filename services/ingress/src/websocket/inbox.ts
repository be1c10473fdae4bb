/** Frames that may wait before the socket is paused; a frame has up to 8 MiB, so bytes count too. */
const MAX_WAITING = { frames: 32, bytes: 1024 * 1024 };

export interface Frame {
  readonly data: Buffer;
  readonly binary: boolean;
}

/**
 * Frames of one socket, handled strictly one after the other. While too much waits, the socket is paused, so that TCP
 * holds back a client that sends faster than its audio is decoded.
 */
export class Inbox {
  readonly #handle: (frame: Frame) => Promise<void>;
  readonly #socket: { pause(): void; resume(): void };
  #frames: Frame[] = [];
  #bytes = 0;
  #paused = false;
  #busy = false;

  constructor(socket: { pause(): void; resume(): void }, handle: (frame: Frame) => Promise<void>) {
    this.#socket = socket;
    this.#handle = handle;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    this.#pauseOrResume();
    if (!this.#busy) void this.#work();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      await this.#handle(frame);
      this.#bytes = Math.max(0, this.#bytes - frame.data.length);
      this.#pauseOrResume();
    }
    this.#busy = false;
  }

  #pauseOrResume(): void {
    const full = this.#frames.length > MAX_WAITING.frames || this.#bytes > MAX_WAITING.bytes;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#socket.pause();
    else this.#socket.resume();
  }
}
