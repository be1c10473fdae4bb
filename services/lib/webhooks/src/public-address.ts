import ipaddr from 'ipaddr.js';

/**
 * Whether an address is one of a host on the internet. Everything else is refused by not being that: loopback, private,
 * link-local (and with it the metadata services of clouds), carrier-grade NAT, multicast, unspecified, reserved, and the
 * IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo), which lead to whatever that is.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || parsed.toString() === AZURE_HOST) return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** What IANA gives out of IPv6 (RFC 4291, 2.4); ipaddr.js calls the rest "unicast", too, IPv4-compatible ::7f00:1 included. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** Azure's virtual machines reach their host by this address of the public range. */
const AZURE_HOST = '168.63.129.16';
