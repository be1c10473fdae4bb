/** Quieter than any room: -80 dB of full scale. What is muted gives zeros, or as good as. */
const NOTHING = 1e-4;
/** Long enough for a device to begin, short enough for who speaks in vain. */
const MISSING_AFTER_MS = 4_000;

/** Notices a microphone that gives no sound at all, because it is muted or nothing is plugged into it. */
export class SoundWatch {
  #began: number | null = null;
  #isHeard = false;

  /**
   * Takes what came at `now`, in milliseconds. `heard` for good once there was any sound: afterwards a headset may well be
   * silent between words.
   */
  take(block: Float32Array, now: number): 'heard' | 'waiting' | 'missing' {
    this.#began ??= now;
    this.#isHeard ||= block.some((sample) => Math.abs(sample) > NOTHING);
    if (this.#isHeard) return 'heard';
    return now - this.#began < MISSING_AFTER_MS ? 'waiting' : 'missing';
  }
}
