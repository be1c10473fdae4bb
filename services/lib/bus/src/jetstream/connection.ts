import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { jetstreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import { checkServer } from './greeting.ts';
import type { ServerAddress } from './options.ts';
import type { Wire } from './wire.ts';

/** A server that is frozen or unplugged is noticed after the third ping that it should have answered: in 6 to 8 s. */
const PING_MS = 2_000;
const PINGS_OUT = 2;
const DIAL_MS = 3_000;
/** One request to nats-server; what waits longer tries again. */
export const REQUEST_MS = 2_000;

/**
 * One connection to one server, without the client library's own reconnecting: when it ends, everything that waits on it
 * fails at once, nothing is buffered for a server that is away, and the link makes a new one.
 * Rejects with a sentence for people, without credentials.
 */
export const openWire = async (
  address: ServerAddress,
  name: string,
  onTrouble: (detail: string) => void,
): Promise<Wire> => {
  await checkServer(address);
  const nc = await dial(address, name);
  keepErrorListener(nc);
  const down = new AbortController();
  // Every reader and taker of the process listens to it.
  setMaxListeners(0, down.signal);
  void nc.closed().then(() => down.abort());
  void watch(nc, onTrouble);
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: REQUEST_MS });
  return { nc, jsm, maxPayload: nc.info?.max_payload ?? 2 ** 20, down: down.signal };
};

const dial = async (address: ServerAddress, name: string): Promise<NatsConnection> => {
  const { host, port, label, authenticator, tls } = address;
  try {
    return await connect({
      servers: [host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`],
      name,
      reconnect: false,
      ignoreClusterUpdates: true,
      noAsyncTraces: true,
      timeout: DIAL_MS,
      pingInterval: PING_MS,
      maxPingOut: PINGS_OUT,
      ...(authenticator === null ? {} : { authenticator }),
      ...(tls === undefined ? {} : { tls }),
    });
  } catch (error) {
    throw new Error(`${label} ${refusalOf(error)}`, { cause: error });
  }
};

/**
 * When the library closes a connection it takes its listeners off the socket; an error that the socket has yet to report,
 * such as a write after the server's end, would then end the process. The socket is private, so this asks for it gently.
 */
const keepErrorListener = (nc: NatsConnection): void => {
  const { protocol } = nc as { protocol?: { transport?: { socket?: unknown } } };
  const socket = protocol?.transport?.socket;
  if (!(socket instanceof Socket)) return;
  const removeAll = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (event) => {
    removeAll(event);
    return socket.on('error', () => {});
  };
};

const refusalOf = (error: unknown): string => {
  if (error instanceof AuthorizationError) {
    return 'says authorization violation: check NATS_USER and NATS_PASSWORD, or the token, nkey seed or credentials file';
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|SSL|TLS|SIGNATURE|ALTNAME/i.test(code) || /tls|certificate/i.test(message)) {
    return `and this process do not agree on TLS (${message}): check the CA, certificate and key`;
  }
  return `cannot be used: ${message === '' ? 'it closed the connection' : message}`;
};

const watch = async (nc: NatsConnection, onTrouble: (detail: string) => void): Promise<void> => {
  for await (const status of nc.status()) {
    // The library would first write to a socket that may be full for ever; closing drops it.
    if (status.type === 'staleConnection') void nc.close();
    if (status.type === 'error' && status.error instanceof PermissionViolationError) {
      onTrouble(`connected, but not allowed: ${status.error.message}`);
    }
  }
};
