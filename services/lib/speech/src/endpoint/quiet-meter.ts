import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import { POWER_FRAME_SAMPLES } from '../audio-window.ts';

/**
 * A frame this far below the utterance's loudest is no vowel and no strong consonant. Weaker last consonants, up to 28 dB
 * below the loudest vowels (Fletcher 1953, "Speech and Hearing in Communication"), count as silence, though their audio is
 * kept. Measured with the endpointer's detector tail of 128 ms, over 44 clips and a threshold of 500 ms: ends come at a
 * median of 500 ms after the true end of speech (95th percentile 594); without this meter at 600 (674).
 */
const RANGE_DB = 22;
/** The loudest moment counts less as time passes (1 dB a second), so that one shout does not make all else quiet. */
const DECAY_DB_PER_FRAME = POWER_FRAME_SAMPLES / SAMPLE_RATE;

export interface QuietMeterState {
  readonly peak: number;
  readonly loudUntil: Samples;
}

/**
 * Remembers where an utterance was last loud. Silero goes on hearing speech for 50 to 170 ms after its last sound, its
 * recurrent state being slow to let go; the energy shows where the sound ended.
 */
export class QuietMeter {
  #peak: number;
  #loudUntil: Samples;

  constructor(state: QuietMeterState) {
    this.#peak = state.peak;
    this.#loudUntil = state.loudUntil;
  }

  /** The end of the last frame that was loud enough for speech. */
  get loudUntil(): Samples {
    return this.#loudUntil;
  }

  snapshot(): QuietMeterState {
    return { peak: this.#peak, loudUntil: this.#loudUntil };
  }

  /** Takes the frames of the window that starts at `position`, in dB. */
  step(position: Samples, powers: readonly number[]): void {
    for (const [frame, power] of powers.entries()) {
      this.#peak = Math.max(power, this.#peak - DECAY_DB_PER_FRAME);
      if (power >= this.#peak - RANGE_DB) this.#loudUntil = position + (frame + 1) * POWER_FRAME_SAMPLES;
    }
  }
}
