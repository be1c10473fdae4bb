import { ClientError } from './client-error.ts';

const STREAM_PATH = '/v1/stt/stream';
const SCHEMES: Readonly<Record<string, readonly [stream: string, rest: string]>> = {
  'ws:': ['ws:', 'http:'],
  'http:': ['ws:', 'http:'],
  'wss:': ['wss:', 'https:'],
  'https:': ['wss:', 'https:'],
};

/** Where to reach a server's doors. */
export interface ServerAddress {
  /** The WebSocket door, asked for all events. */
  readonly stream: URL;
  /** What the paths of the REST API, such as "v1/stt/jobs", are relative to. */
  readonly rest: URL;
}

/**
 * The doors of a server by its address. A path is kept as a prefix, for servers behind a proxy; one that ends with the
 * WebSocket door's own means the same server. A query goes to the WebSocket door.
 * @throws ClientError for what is no ws, wss, http or https URL.
 */
export function serverAddress(server: string | URL): ServerAddress {
  const schemes = URL.canParse(server) ? SCHEMES[new URL(server).protocol] : undefined;
  if (schemes === undefined) {
    throw new ClientError(`The server "${server}" is not an address; give one such as ws://localhost:8000.`);
  }
  const stream = new URL(server);
  const prefix = stream.pathname.replace(/\/+$/, '').replace(/\/v1\/stt\/stream$/, '');
  stream.protocol = schemes[0];
  stream.pathname = `${prefix}${STREAM_PATH}`;
  stream.hash = '';
  const rest = new URL(stream);
  rest.protocol = schemes[1];
  rest.pathname = `${prefix}/`;
  rest.search = '';
  stream.searchParams.set('events', 'all');
  return { stream, rest };
}
