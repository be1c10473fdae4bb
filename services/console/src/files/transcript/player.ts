import { type ReadonlySignal, signal } from '@preact/signals';

/** Audio or video of the page, as signals. */
export class Player {
  readonly #seconds = signal(0);
  readonly #length = signal<number | null>(null);
  readonly #playing = signal(false);
  readonly #unplayable = signal(false);
  /** Counts the jumps to another place. */
  readonly #jumps = signal(0);
  #media: HTMLMediaElement | null = null;

  get seconds(): ReadonlySignal<number> {
    return this.#seconds;
  }

  /** Seconds; null where the file does not say. */
  get length(): ReadonlySignal<number | null> {
    return this.#length;
  }

  get playing(): ReadonlySignal<boolean> {
    return this.#playing;
  }

  /** Whether the browser has no decoder for the file. */
  get unplayable(): ReadonlySignal<boolean> {
    return this.#unplayable;
  }

  get jumps(): ReadonlySignal<number> {
    return this.#jumps;
  }

  /** Plays `file` through `media`. @returns what ends that */
  load(media: HTMLMediaElement, file: File): () => void {
    const over = new AbortController();
    const on = (name: string, run: () => void) => media.addEventListener(name, run, { signal: over.signal });
    const address = URL.createObjectURL(file);
    let frame = 0;
    const look = () => {
      this.#seconds.value = media.currentTime;
      if (!media.paused) frame = requestAnimationFrame(look);
    };
    on('play', () => {
      this.#playing.value = true;
      cancelAnimationFrame(frame);
      look();
    });
    on('pause', () => {
      this.#playing.value = false;
    });
    on('seeking', () => {
      this.#jumps.value++;
      this.#seconds.value = media.currentTime;
    });
    // Hidden pages draw no frames.
    on('timeupdate', () => {
      this.#seconds.value = media.currentTime;
    });
    on('durationchange', () => {
      this.#length.value = Number.isFinite(media.duration) ? media.duration : null;
    });
    on('error', () => {
      this.#unplayable.value = true;
    });
    this.#unplayable.value = false;
    media.src = address;
    this.#media = media;
    return () => {
      over.abort();
      cancelAnimationFrame(frame);
      media.pause();
      media.removeAttribute('src');
      URL.revokeObjectURL(address);
      this.#playing.value = false;
      this.#media = null;
    };
  }

  toggle(): void {
    if (this.#media === null) return;
    if (this.#media.paused) void this.play();
    else this.#media.pause();
  }

  /** Goes to a place, in seconds, and plays from there. */
  playFrom(seconds: number): void {
    this.seek(seconds);
    void this.play();
  }

  seek(seconds: number): void {
    if (this.#media === null) return;
    this.#media.currentTime = Math.max(0, Math.min(seconds, this.#length.value ?? seconds));
  }

  /** Goes forward, or back where `seconds` is negative. */
  skip(seconds: number): void {
    this.seek(this.#seconds.value + seconds);
  }

  /** @param rate 1 is as it was recorded */
  setRate(rate: number): void {
    if (this.#media !== null) this.#media.playbackRate = rate;
  }

  async play(): Promise<void> {
    try {
      await this.#media?.play();
    } catch (error) {
      // A pause, or another file, came before it began. Formats without a decoder are told of by the error event.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
