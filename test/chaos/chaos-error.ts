/** A problem that one sentence tells; its stack helps nobody. */
export class ChaosError extends Error {
  override readonly name = 'ChaosError';
}
