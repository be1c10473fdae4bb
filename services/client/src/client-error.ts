/** The server can't be reached, or is none; `message` is a sentence for people. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
}
