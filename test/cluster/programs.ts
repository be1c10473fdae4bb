import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { ClusterError } from './cluster-error.ts';

/** The servers that a cluster stands on; their Debian packages have the same names. */
export const SERVERS = ['nats-server', 'redis-server'] as const;
export type ServerProgram = (typeof SERVERS)[number];

// Debian puts nats-server into /usr/sbin, which is not on the path of ordinary users.
const ALSO = ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

function find(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...ALSO].filter((folder) => folder !== '');
  return folders
    .map((folder) => path.join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A sentence that says which servers are not on this machine and how to get them; null if all are here. */
export function missingServers(): string | null {
  const missing = SERVERS.filter((program) => find(program) === undefined);
  if (missing.length === 0) return null;
  const [are, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${missing.join(' and ')} ${are} not on this machine: install ${them}, on Debian and Ubuntu with "apt-get install ${missing.join(' ')}".`;
}

/** @throws ClusterError naming what to install. */
export function findServers(): Readonly<Record<ServerProgram, string>> {
  const missing = missingServers();
  if (missing !== null) throw new ClusterError(missing);
  return { 'nats-server': find('nats-server')!, 'redis-server': find('redis-server')! };
}
