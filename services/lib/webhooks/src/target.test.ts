import { describe, expect, it } from 'vitest';
import { addressRules } from './address-rules.ts';
import { type Lookup, targetOf } from './target.ts';

const resolved =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const target = (url: string, rules: string[], lookup: Lookup) => targetOf(url, addressRules(rules), lookup);

describe('a target', () => {
  it('has all addresses of a public host', async () => {
    const { addresses } = await target('https://hooks.example/', [], resolved('8.8.8.8', '2606:4700::1111'));
    expect(addresses.map(({ address }) => address)).toEqual(['8.8.8.8', '2606:4700::1111']);
  });

  it('is refused where one address of several is not public', async () => {
    const mixed = resolved('8.8.8.8', '10.0.0.1');
    await expect(target('https://hooks.example/', [], mixed)).rejects.toThrow('not public');
    await expect(target('https://hooks.example/', ['10.0.0.0/8'], mixed)).resolves.toBeDefined();
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '64:ff9b::a00:1', 'fd00:ec2::254', '0.0.0.0'])(
    'is refused where the host leads to %s, without saying so',
    async (address) => {
      const refused = await target('https://hooks.example/', [], resolved(address)).catch((error: Error) => error);
      expect(refused).toMatchObject({
        name: 'TargetRefused',
        message: 'hooks.example has an address that is not public.',
      });
    },
  );

  it('is allowed anywhere for a host that the rules name', async () => {
    const { addresses } = await target('http://hooks.internal/', ['hooks.internal'], resolved('10.0.0.1'));
    expect(addresses).toEqual([{ address: '10.0.0.1', family: 4 }]);
  });

  it('goes without TLS only to what the rules allow, public or not', async () => {
    const rules = ['10.0.0.0/8'];
    await expect(target('http://hooks.example/', rules, resolved('10.0.0.1'))).resolves.toBeDefined();
    await expect(target('http://hooks.example/', rules, resolved('8.8.8.8'))).rejects.toThrow('without TLS');
    await expect(target('http://hooks.example/', rules, resolved('10.0.0.1', '8.8.8.8'))).rejects.toThrow(
      'without TLS',
    );
  });

  it('is an address itself without any look-up', async () => {
    const lookup: Lookup = () => Promise.reject(new Error('looked up'));
    expect((await target('https://[2606:4700::1111]/', [], lookup)).addresses).toEqual([
      { address: '2606:4700::1111', family: 6 },
    ]);
  });
});
