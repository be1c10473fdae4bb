/** When something is said, and how much there is to read: whole milliseconds, UTF-16 units. */
export interface Spoken {
  readonly startMs: number;
  readonly endMs: number;
  readonly characters: number;
}

/** When a subtitle is shown, in whole milliseconds. */
export interface Shown {
  readonly startMs: number;
  readonly endMs: number;
}

/** Five sixths of a second: Netflix Timed Text Style Guide, General Requirements, "Minimum duration". */
export const LEAST_MS = Math.ceil(5_000 / 6);

/** The same, "Maximum duration". */
export const MOST_MS = 7_000;

/** Two frames at 24 a second, so that a change of text is seen: the same, "Frame Gap". */
export const GAP_MS = Math.ceil(2_000 / 24);

/** Gaps under half a second are closed to two frames: Netflix, Subtitle Timing Guidelines, "chaining". */
export const CHAIN_MS = 500;

/**
 * Characters a second that everybody can read, spaces included: Netflix's English template guide, "Reading Speed", adult
 * programs; about the 160 to 180 words a minute of the BBC Subtitle Guidelines.
 */
const COMFORTABLE_SPEED = 17;

/** What Netflix's English guide allows at most, adult programs; kept where two speak at once. */
const GREATEST_SPEED = 20;

/** How late a subtitle may come so that one which is talked over can be read. Our own: a second is still followed. */
export const MOST_LATE_MS = 1_000;

/** How long `characters` take to read at a speed; never longer than a subtitle may stay. */
export const readingMs = (characters: number, perSecond = COMFORTABLE_SPEED): number =>
  Math.min(MOST_MS, Math.ceil((characters * 1000) / perSecond));

/**
 * Times of subtitles that follow each other: none before its words, none shorter or longer than a subtitle may be, two
 * frames between any two. Each stays until it can be read if the next one leaves time; one that is talked over stays at
 * least until a quick reader is done, and the next one comes up to a second later.
 */
export function spaced(spoken: readonly Spoken[]): Shown[] {
  let free = 0;
  return spoken.map((words, index) => {
    const startMs = Math.max(words.startMs, free);
    const endMs = endOf(words, startMs, spoken[index + 1]?.startMs ?? Number.POSITIVE_INFINITY);
    free = endMs + GAP_MS;
    return { startMs, endMs };
  });
}

const endOf = (words: Spoken, startMs: number, nextMs: number): number => {
  const wanted = Math.max(words.endMs - startMs, LEAST_MS, readingMs(words.characters));
  const room = Math.max(nextMs - GAP_MS - startMs, leastOf(words, startMs, nextMs));
  const ms = Math.min(wanted, room, MOST_MS);
  return startMs + (nextMs - startMs - ms < CHAIN_MS ? Math.min(room, MOST_MS) : ms);
};

const leastOf = ({ endMs, characters }: Spoken, startMs: number, nextMs: number): number => {
  if (nextMs >= endMs) return LEAST_MS;
  return Math.max(LEAST_MS, Math.min(readingMs(characters, GREATEST_SPEED), nextMs + MOST_LATE_MS - GAP_MS - startMs));
};
