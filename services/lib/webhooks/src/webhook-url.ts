import { isIP } from 'node:net';
import { SttError } from '@verbatim/contracts';
import { type AddressRules, allowsAddress, allowsHost, withoutDot } from './address-rules.ts';
import { isPublicAddress } from './public-address.ts';

/** UTF-16 units. */
const MOST_CHARACTERS = 2_048;

/** Ports of services that could take an HTTP request for something of their own (after the Fetch standard's "bad ports"). */
const REFUSED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 19, 21, 22, 23, 25, 53, 69, 110, 111, 119, 135, 139, 143, 389, 445, 465, 514, 587, 636, 993, 995, 2049,
  6379, 11211,
]);

/** Scheme, host, port, and the rest: a URL as it is usually written, so that all programs agree which host it names. */
const USUAL = /^https?:\/\/(?<host>\[[^\]]+\]|[^/?#:@[\]\\\s\p{Cc}]+)(?::\d{1,5})?(?:[/?#][^\\\s\p{Cc}]*)?$/iu;

/**
 * A webhook's URL, if nothing that can be known without DNS speaks against it. Where a host name leads is checked at each
 * delivery.
 * @throws SttError invalid_argument
 */
export function checkWebhookUrl(text: string, rules: AddressRules): URL {
  if (text.length > MOST_CHARACTERS) throw refusal(`is longer than ${MOST_CHARACTERS} characters.`);
  if (!URL.canParse(text)) throw refusal('is no URL; it must be one such as https://example.com/hook.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refusal('must begin with "https://".');
  if (url.username !== '' || url.password !== '') {
    throw refusal('holds a user name or password; deliveries are signed instead.');
  }
  checkHost(url, USUAL.exec(text)?.groups?.host, rules);
  if (url.protocol === 'http:' && !mayGoUnencrypted(url, rules)) throw refusal('must begin with "https://".');
  if (url.port !== '' && REFUSED_PORTS.has(Number(url.port))) {
    throw refusal(`names port ${url.port}, which belongs to another service.`);
  }
  return url;
}

/** The address that a URL names itself, without brackets; null where it names a host. */
export const literalAddress = ({ hostname }: URL): string | null => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
};

const checkHost = (url: URL, written: string | undefined, rules: AddressRules): void => {
  if (written === undefined) {
    throw refusal('is written in an unusual way; it must be one such as https://example.com/hook.');
  }
  const address = literalAddress(url);
  if (address === null) {
    if (namesItself(url.hostname) && !mayNameItself(url.hostname, rules)) throw refusal('names the server itself.');
    return;
  }
  if (written.toLowerCase() !== url.hostname) throw refusal('names an address in an unusual notation.');
  if (!allowsAddress(rules, address) && !isPublicAddress(address))
    throw refusal('names an address that is not public.');
};

/** Names that mean this machine everywhere (RFC 6761, 6.3). */
const namesItself = (host: string): boolean => /(^|\.)localhost$/.test(withoutDot(host));

const mayNameItself = (host: string, rules: AddressRules): boolean =>
  allowsHost(rules, host) || ['127.0.0.1', '::1'].some((address) => allowsAddress(rules, address));

/** Whether it may turn out that the rules allow what the URL names: a host name can lead into any of their networks. */
const mayGoUnencrypted = (url: URL, rules: AddressRules): boolean => {
  const address = literalAddress(url);
  if (address !== null) return allowsAddress(rules, address);
  return allowsHost(rules, url.hostname) || rules.networks.length > 0;
};

const refusal = (what: string): SttError =>
  new SttError('invalid_argument', `webhook_url ${what}`, { field: 'webhook_url' });
