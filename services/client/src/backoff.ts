const FIRST_MS = 250;
const MOST_MS = 5_000;

/**
 * How long to wait before trying again: doubles with each attempt, up to 5 s, and by chance is up to a half shorter, so
 * that the clients of a server that restarts do not all come back in the same moment.
 * @param attempt counts from 0
 * @param random from 0 to 1
 */
export const backoffMs = (attempt: number, random: number): number =>
  Math.min(MOST_MS, FIRST_MS * 2 ** attempt) * (1 - random / 2);
