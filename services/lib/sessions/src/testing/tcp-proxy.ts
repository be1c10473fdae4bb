import { createConnection, createServer, type Socket } from 'node:net';

/** A proxy in front of a server that can lose what the server replies. */
export interface TcpProxy {
  readonly port: number;
  /** The request whose reply was lost. */
  lastRequest(): Buffer;
  /** The next packet from the server is lost, and the connections with it. */
  loseNextReply(): void;
  /** Resolves when the reply was lost. */
  lost(): Promise<void>;
  stop(): Promise<void>;
}

/** Listens on a free port of loopback and passes everything on to `targetPort`. */
export const startTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let losing = false;
  let request: Buffer = Buffer.alloc(0);
  let onLost: () => void = () => {};
  let lost: Promise<void> = Promise.resolve();
  const server = createServer((client) => {
    const upstream = createConnection({ host: '127.0.0.1', port: targetPort });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.once('close', end).on('error', end);
    }
    client.on('data', (bytes) => {
      if (losing) request = bytes;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!losing) return void client.write(bytes);
      losing = false;
      end();
      onLost();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lastRequest: () => request,
    loseNextReply: () => {
      losing = true;
      lost = new Promise((resolve) => {
        onLost = resolve;
      });
    },
    lost: () => lost,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/** What the call gives although its first reply is lost. The call must be one packet. */
export const losing = async <T>(proxy: TcpProxy, call: () => Promise<T>): Promise<T> => {
  proxy.loseNextReply();
  const result = call();
  await proxy.lost();
  return result;
};

/** Sends a request whose reply was lost once more, as a dead connection's last packet would. */
export const sendLate = async (port: number, request: Buffer): Promise<void> => {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.write(request);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
};
