/** Where a server was to listen. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  /** The environment variable that sets the port, such as "PORT". */
  readonly variable: string;
}

/** A server can't listen; `message` is one sentence that says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

// grpc-js gives its bind errors no code, only the text of the errors below it.
const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /\bE[A-Z]{4,}\b/.exec(String(error))?.[0] ?? '';
};

/** Any error of a server that failed to listen, in one sentence. */
export const listenError = (error: unknown, { host, port, variable }: ListenTarget): ListenError => {
  const sentence: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use: stop the other program or set ${variable}.`,
    EACCES: `Port ${port} needs more rights than this user has: set ${variable} to a port above 1023.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: set HOST to one that is, or leave it unset.`,
    ENOTFOUND: `${host} is no known host name: set HOST to an address of this machine, or leave it unset.`,
  };
  const detail = error instanceof Error ? error.message : String(error);
  return new ListenError(sentence[codeOf(error)] ?? `Can't listen on ${host} port ${port} (${variable}): ${detail}`, {
    cause: error,
  });
};
