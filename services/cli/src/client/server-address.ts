import { UsageError } from '../cli-error.ts';

const STREAM_PATH = '/v1/stt/stream';
const MODELS_PATH = '/v1/stt/models';
const SCHEMES: Readonly<Record<string, readonly [stream: string, web: string]>> = {
  'ws:': ['ws:', 'http:'],
  'http:': ['ws:', 'http:'],
  'wss:': ['wss:', 'https:'],
  'https:': ['wss:', 'https:'],
};

/** Where to reach a server's doors. */
export interface ServerAddress {
  /** The WebSocket door, asked for all events. */
  readonly stream: URL;
  /** The list of models, over HTTP. */
  readonly models: URL;
}

/**
 * Reads what the user gave as a server. A path other than "/" is taken as it is, for servers behind a proxy.
 * @throws UsageError for what is no ws, wss, http or https URL.
 */
export function serverAddress(text: string): ServerAddress {
  const schemes = URL.canParse(text) ? SCHEMES[new URL(text).protocol] : undefined;
  if (schemes === undefined) {
    throw new UsageError(`The server "${text}" is not an address; give one such as ws://localhost:8000.`);
  }
  const stream = new URL(text);
  stream.protocol = schemes[0];
  stream.hash = '';
  const prefix = stream.pathname.replace(/\/+$/, '').replace(STREAM_PATH, '');
  if (stream.pathname === '/') stream.pathname = STREAM_PATH;
  stream.searchParams.set('events', 'all');
  const models = new URL(stream);
  models.protocol = schemes[1];
  models.pathname = `${prefix}${MODELS_PATH}`;
  models.search = '';
  return { stream, models };
}
