/** What the user can read in one sentence, and mend. */
export class ObserveError extends Error {
  override readonly name = 'ObserveError';
}
