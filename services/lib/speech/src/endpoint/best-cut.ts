/** The cut lies in the later part of the utterance, so that what is cut off is long enough to be decoded well. */
const EARLIEST = 0.45;
/** …and this many windows (about 1 s) before its end, so that the rest is more than a syllable. */
const MARGIN_WINDOWS = 30;
/** A pause is judged over this many windows (about 220 ms): a stop consonant inside a word is shorter. */
const SPAN_WINDOWS = 7;
/** Weight of one unit of speech probability against one dB of power. */
const PROBABILITY_DB = 12;

/**
 * The window at which an utterance that is too long is best cut: the middle of the stretch that is quietest and least
 * like speech, louder moments counting more (the mean of the span and its loudest window).
 *
 * @param probability speech probability of each window, in 1/255
 * @param power mean power of each window in dB
 * @returns an index into both, at least 1 and less than their length
 */
export function bestCut(probability: readonly number[], power: readonly number[]): number {
  const windows = probability.length;
  const half = Math.floor(SPAN_WINDOWS / 2);
  const first = Math.max(half, Math.floor(windows * EARLIEST));
  const last = Math.max(first, windows - 1 - MARGIN_WINDOWS);
  let best = Math.min(first, windows - 1);
  let bestCost = Number.POSITIVE_INFINITY;
  for (let centre = first; centre <= last; centre++) {
    let sum = 0;
    let loudest = Number.NEGATIVE_INFINITY;
    for (let w = centre - half; w <= centre + half && w < windows; w++) {
      const cost = power[w]! + (PROBABILITY_DB * probability[w]!) / 255;
      sum += cost;
      loudest = Math.max(loudest, cost);
    }
    const cost = sum / SPAN_WINDOWS + loudest;
    if (cost < bestCost) {
      bestCost = cost;
      best = centre;
    }
  }
  return Math.max(1, best);
}
