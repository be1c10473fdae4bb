/** What keeps a cluster from running, in a sentence for the user. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}
