import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/**
 * One address for several servers, as a Kubernetes Service is: each new connection goes to the first of them that takes
 * it. A connection ends when its server does.
 */
export class FrontDoor implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(ports: readonly number[]) {
    this.#server = createServer({ noDelay: true }, (client) => void this.#serve(client, ports));
  }

  static async open(ports: readonly number[]): Promise<FrontDoor> {
    const door = new FrontDoor(ports);
    door.#server.listen(0, HOST);
    await once(door.#server, 'listening');
    return door;
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(client: Socket, ports: readonly number[]): Promise<void> {
    this.#keep(client);
    for (const port of ports) {
      const target = connect({ port, host: HOST, noDelay: true });
      this.#keep(target);
      try {
        await once(target, 'connect');
      } catch {
        continue;
      }
      client.pipe(target);
      target.pipe(client);
      client.once('close', () => target.destroy());
      target.once('close', () => client.destroy());
      return;
    }
    client.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // The close that follows every error is what counts.
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
