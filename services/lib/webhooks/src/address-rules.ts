import { isIP } from 'node:net';
import { SttError } from '@verbatim/contracts';
import ipaddr from 'ipaddr.js';

/** Hosts and networks that webhooks may go to although they are not public, also without TLS. Made by addressRules. */
export interface AddressRules {
  /** In lower case, as URLs have them. */
  readonly hosts: ReadonlySet<string>;
  /** Addresses with the number of leading bits that count. */
  readonly networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];
}

/**
 * The rules that `entries` (of WEBHOOK_ALLOW) stand for: host names, addresses, networks in CIDR notation. Empty entries are
 * left out.
 * @throws SttError `invalid_argument` for one that is none of these.
 */
export function addressRules(entries: readonly string[]): AddressRules {
  const named = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  const isNetwork = (entry: string) => entry.includes('/') || isIP(entry) !== 0;
  return {
    hosts: new Set(named.filter((entry) => !isNetwork(entry)).map(hostOf)),
    networks: named.filter(isNetwork).map(networkOf),
  };
}

const networkOf = (entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
  const cidr = entry.includes('/') ? entry : `${entry}/${isIP(entry) === 4 ? 32 : 128}`;
  if (!ipaddr.isValidCIDR(cidr)) throw wrong(`"${entry}" is no network; write it as 10.0.0.0/8 or fd00::/8.`);
  return ipaddr.parseCIDR(cidr);
};

const wrong = (sentence: string): SttError =>
  new SttError('invalid_argument', `WEBHOOK_ALLOW: ${sentence}`, { field: 'webhook_allow' });

/** A rule that is written otherwise than URLs have the host would never match. */
const hostOf = (entry: string): string => {
  const host = entry.toLowerCase();
  if (!URL.canParse(`http://${host}`) || new URL(`http://${host}`).hostname !== host) {
    throw wrong(`"${entry}" is no host, address or network; write it as hooks.internal, 10.1.2.3 or 10.0.0.0/8.`);
  }
  return host;
};

/** Whether the rules name this host; `host` as a URL has it. */
export const allowsHost = ({ hosts }: AddressRules, host: string): boolean => hosts.has(withoutDot(host));

/** Whether the rules hold this address. */
export function allowsAddress({ networks }: AddressRules, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

/** A host without the dot that may stand behind a full name. */
export const withoutDot = (host: string): string => host.replace(/\.$/, '');
