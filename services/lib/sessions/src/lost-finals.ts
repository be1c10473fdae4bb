import { SttError } from '@verbatim/contracts';

/** The error of a commit to a store that has fewer finals than it confirmed. */
export const lostFinals = (sessionId: string, has: number, confirmed: number): SttError =>
  new SttError(
    'unavailable',
    `The store has ${has} finals of session "${sessionId}" and confirmed ${confirmed}: it has lost some.`,
  );
