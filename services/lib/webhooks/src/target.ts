import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type AddressRules, allowsAddress, allowsHost } from './address-rules.ts';
import { isPublicAddress } from './public-address.ts';
import { checkWebhookUrl, literalAddress } from './webhook-url.ts';

/** Every address of a host. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

/** As the system resolves names. */
export const systemLookup: Lookup = (host) => lookup(host, { all: true });

/** A URL, and the addresses that it may be reached at. Whoever connects must use these: another look-up may say otherwise. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly LookupAddress[];
}

/** The host leads to where webhooks may not go. Its address stays unsaid: it may be one that only insiders know. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/**
 * Where a webhook's URL leads.
 * @throws SttError for what checkWebhookUrl refuses
 * @throws TargetRefused if any address of the host is one that webhooks may not go to
 */
export async function targetOf(text: string, rules: AddressRules, lookupAll: Lookup): Promise<Target> {
  const url = checkWebhookUrl(text, rules);
  const addresses = await addressesOf(url, lookupAll);
  const isAllowed = ({ address }: LookupAddress) => allowsHost(rules, url.hostname) || allowsAddress(rules, address);
  if (url.protocol === 'http:' && !addresses.every(isAllowed)) {
    throw new TargetRefused(`${url.hostname} is not among the hosts that may be told without TLS.`);
  }
  if (!addresses.every((one) => isAllowed(one) || isPublicAddress(one.address))) {
    throw new TargetRefused(`${url.hostname} has an address that is not public.`);
  }
  return { url, addresses };
}

const addressesOf = async (url: URL, lookupAll: Lookup): Promise<readonly LookupAddress[]> => {
  const literal = literalAddress(url);
  if (literal !== null) return [{ address: literal, family: isIP(literal) }];
  const addresses = await lookupAll(url.hostname);
  if (addresses.length === 0) throw new Error(`${url.hostname} has no address.`);
  return addresses;
};
