import { createServer } from 'node:net';
import { ClusterError } from './cluster-error.ts';

// Below the ports that systems give to outgoing connections (32768 and up on Linux, 49152 on macOS): one of those could
// take the port of a member while it is being restarted.
const FIRST = 15_000;
const COUNT = 17_000;
/** Processes that look for ports at the same moment begin this far from each other. */
const STRIDE = 100;

let next = (process.pid * STRIDE) % COUNT;

/** `count` loopback ports that nobody listens on, and that no later call in this process gives again soon. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; tries < COUNT && found.length < count; tries++) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new ClusterError(`No free port from ${FIRST} to ${FIRST + COUNT - 1}.`);
  return found;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
