import { describe, expect, it } from 'vitest';
import { addressRules, allowsAddress, allowsHost } from './address-rules.ts';

describe('address rules', () => {
  const rules = addressRules([' Hooks.Internal ', '10.0.0.0/8', '192.168.7.7', 'fd00::/8', '::1', '']);

  it.each(['10.1.2.3', '192.168.7.7', 'fd00::5', '::1'])('hold %s', (address) => {
    expect(allowsAddress(rules, address)).toBe(true);
  });

  it.each(['11.0.0.1', '192.168.7.8', 'fe80::1', '::2', '::ffff:10.1.2.3', 'hooks.internal'])(
    'do not hold %s',
    (address) => {
      expect(allowsAddress(rules, address)).toBe(false);
    },
  );

  it('name whole hosts, with or without the last dot', () => {
    expect(allowsHost(rules, 'hooks.internal')).toBe(true);
    expect(allowsHost(rules, 'hooks.internal.')).toBe(true);
    expect(allowsHost(rules, 'evil.hooks.internal')).toBe(false);
    expect(allowsHost(rules, 'hooks.internal.evil.com')).toBe(false);
  });

  it('are empty for no entries', () => {
    expect(addressRules([''])).toEqual({ hosts: new Set(), networks: [] });
  });

  it.each([
    '10.0.0.0/33',
    'hooks.internal/8',
    'hooks.internal:80',
    'http://hooks.internal',
    '0x7f.1',
    '2130706433',
    'a b',
  ])('are not made from %s', (entry) => expect(() => addressRules([entry])).toThrow(entry));
});
