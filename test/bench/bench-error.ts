/** A problem that one sentence tells; its stack helps nobody. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
