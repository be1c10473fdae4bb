import { findProgram } from '@verbatim/kit';
import { ClusterError } from './cluster-error.ts';

/** The servers that a cluster stands on; their Debian packages have the same names. */
export const SERVERS = ['nats-server', 'redis-server'] as const;
export type ServerProgram = (typeof SERVERS)[number];

/** A sentence that says which servers are not on this machine and how to get them; null if all are here. */
export function missingServers(): string | null {
  const missing = SERVERS.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return null;
  const [are, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${missing.join(' and ')} ${are} not on this machine: install ${them}, on Debian and Ubuntu with "apt-get install ${missing.join(' ')}".`;
}

/** @throws ClusterError naming what to install. */
export function findServers(): Readonly<Record<ServerProgram, string>> {
  const missing = missingServers();
  if (missing !== null) throw new ClusterError(missing);
  return { 'nats-server': findProgram('nats-server')!, 'redis-server': findProgram('redis-server')! };
}
