import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** One way of a connection: passes bytes on while the network works and the other end takes them. */
class Flow {
  readonly #from: Socket;
  #isFrozen: boolean;
  #isFull = false;

  constructor(from: Socket, to: Socket, isFrozen: boolean) {
    this.#from = from;
    this.#isFrozen = isFrozen;
    from.on('data', (chunk) => {
      this.#isFull = !to.write(chunk);
      this.#settle();
    });
    to.on('drain', () => {
      this.#isFull = false;
      this.#settle();
    });
    this.#settle();
  }

  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.#settle();
  }

  #settle(): void {
    if (this.#isFrozen || this.#isFull) this.#from.pause();
    else this.#from.resume();
  }
}

/**
 * A loopback port that leads to another one, as a network between two processes that can be paused: its connections stay
 * open then and nothing comes through, as with packets that are dropped and sent again.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #flows = new Set<Flow>();
  #isFrozen = false;

  private constructor(targetPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => this.#link(client, targetPort));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  freeze(): void {
    this.#set(true);
  }

  thaw(): void {
    this.#set(false);
  }

  /** Ends every connection without a goodbye; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #set(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    for (const flow of this.#flows) flow.freeze(isFrozen);
  }

  #link(client: Socket, targetPort: number): void {
    const target = connect({ port: targetPort, host: HOST, noDelay: true });
    const flows = [new Flow(client, target, this.#isFrozen), new Flow(target, client, this.#isFrozen)];
    for (const flow of flows) this.#flows.add(flow);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      // The close that follows every error is what counts.
      socket.on('error', () => {});
      socket.on('close', () => {
        other.destroySoon();
        this.#sockets.delete(socket);
        for (const flow of flows) this.#flows.delete(flow);
      });
    }
  }
}
