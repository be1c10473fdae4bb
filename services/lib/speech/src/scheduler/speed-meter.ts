/** Until something was decoded: Moonshine tiny's speed on one core of 2024. */
const FIRST_GUESS = 15;
/** How much audio it takes to forget two thirds of what was measured before. */
const MEMORY_SECONDS = 60;

/** Milliseconds of a worker's time that a second of audio takes, averaged over about the last minute of audio. */
export class SpeedMeter {
  #msPerSecond = FIRST_GUESS;
  #measured = false;

  get msPerSecond(): number {
    return this.#msPerSecond;
  }

  /** A batch with so many seconds of audio took so long. */
  add(seconds: number, ms: number): void {
    if (seconds <= 0) return;
    const keep = this.#measured ? Math.exp(-seconds / MEMORY_SECONDS) : 0;
    this.#msPerSecond = keep * this.#msPerSecond + (1 - keep) * (ms / seconds);
    this.#measured = true;
  }
}
