import { ClientError } from './client-error.ts';

/** What is told when a server can't be reached. `reason` stands behind a colon and has no full stop. */
export const unreachable = (url: URL, reason: string, cause?: unknown): ClientError =>
  new ClientError(`The server at ${url.protocol}//${url.host} can't be reached: ${reason}. Check that it runs there.`, {
    cause,
  });

/** The codes of Node's network errors, in words. Browsers give none. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it cut the connection',
  EPROTO: 'it does not speak TLS there (a plain server has a ws:// or http:// address)',
  EHOSTUNREACH: 'there is no way to that host',
};

/** Why a connection failed, as far as its error tells. */
export const reasonOf = (error: Error): string => {
  const root = rootOf(error);
  return REASONS[root.code ?? ''] ?? root.message.replace(/[.\s]+$/, '');
};

type NetworkError = Error & { readonly code?: string; readonly errors?: readonly Error[] };

/** fetch hides the network's error in a cause, and Node puts what happened with all addresses of a name into one error. */
const rootOf = (error: NetworkError): NetworkError => {
  if (error.cause instanceof Error) return rootOf(error.cause);
  const first = error.errors?.[0];
  return first === undefined ? error : rootOf(first);
};
