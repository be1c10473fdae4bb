import { describe, expect, it } from 'vitest';
import { addressRules } from './address-rules.ts';
import { checkWebhookUrl } from './webhook-url.ts';

const NONE = addressRules([]);
const LOOPBACK = addressRules(['127.0.0.0/8', '::1', 'hooks.internal']);

describe("a webhook's URL", () => {
  it.each([
    'https://example.com',
    'https://EXAMPLE.com:8443/hook?a=b&c=%20#d',
    'https://bücher.example/hook',
    'https://8.8.8.8/hook',
    'https://[2606:4700::1111]:8443/',
  ])('may be %s', (url) => {
    expect(checkWebhookUrl(url, NONE).href).toBe(new URL(url).href);
  });

  it.each([
    ['', 'is no URL'],
    ['example.com/hook', 'is no URL'],
    ['http://example.com/', 'must begin with "https://"'],
    ['ftp://example.com/', 'must begin with "https://"'],
    ['file:///etc/passwd', 'must begin with "https://"'],
    ['javascript:alert(1)', 'must begin with "https://"'],
    ['https://user:secret@example.com/', 'user name or password'],
    ['https://user@example.com/', 'user name or password'],
    ['https://@example.com/', 'unusual way'],
    ['https:/example.com/', 'unusual way'],
    ['https:\\\\example.com\\', 'unusual way'],
    ['https://example.com\\@127.0.0.1/', 'unusual way'],
    [' https://example.com/', 'unusual way'],
    ['https://exam\tple.com/', 'unusual way'],
    ['https://example.com/\r\nHost:x', 'unusual way'],
    ['https://example.com:25/', 'port 25'],
    ['https://example.com:6379/', 'port 6379'],
    [`https://example.com/${'a'.repeat(2_048)}`, 'longer than 2048'],
    ['https://localhost/', 'names the server itself'],
    ['https://a.LOCALHOST./', 'names the server itself'],
    ['https://127.0.0.1/', 'not public'],
    ['https://10.0.0.1/', 'not public'],
    ['https://169.254.169.254/latest/meta-data', 'not public'],
    ['https://0.0.0.0/', 'not public'],
    ['https://[::1]/', 'not public'],
    ['https://[::]/', 'not public'],
    ['https://[fe80::1]/', 'not public'],
    ['https://[::ffff:7f00:1]/', 'not public'],
    ['https://[64:ff9b::7f00:1]/', 'not public'],
    ['https://[2002:7f00:1::]/', 'not public'],
  ])('may not be %s', (url, why) => {
    expect(() => checkWebhookUrl(url, NONE)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        field: 'webhook_url',
        message: expect.stringMatching(new RegExp(`^webhook_url .*${why}`)),
      }),
    );
  });

  it.each([
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://①②⑦.0.0.1/',
    'http://127%2e0.0.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'https://0x08080808/',
  ])('names no address in an unusual notation, whatever the rules: %s', (url) => {
    expect(() => checkWebhookUrl(url, LOOPBACK)).toThrow('in an unusual notation');
  });

  it.each([
    'http://127.0.0.1:8080/hook',
    'https://127.0.0.1/',
    'http://[::1]/',
    'http://localhost:3000/',
    'http://hooks.internal/',
    // Where a name leads is known only when it is resolved.
    'http://hooks.example/',
  ])('may be %s where the rules allow it', (url) => {
    expect(checkWebhookUrl(url, LOOPBACK).href).toBe(url);
  });

  it('may not be without TLS where the rules name only other hosts', () => {
    expect(() => checkWebhookUrl('http://example.com/', addressRules(['hooks.internal']))).toThrow('https://');
    expect(() => checkWebhookUrl('http://8.8.8.8/', LOOPBACK)).toThrow('https://');
  });
});
