import { ClientError } from '@verbatim/client';

/** Why the server does not hear, and what to do, in a sentence or two. */
export const serverProblem = (error: unknown, wasConnected: boolean): string => {
  // The client's own words are for who runs the server: they tell addresses and the network's reasons.
  if (error instanceof ClientError) return wasConnected ? NOT_BACK : UNREACHABLE;
  return error instanceof Error ? error.message : String(error);
};

const UNREACHABLE = 'The server can’t be reached. See that it runs and that there is a network, and press Start again.';
const NOT_BACK =
  'The connection did not come back. What was said since it was lost is not in the text. Press Start to go on.';
