import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts';
import { openNpmRegistry } from './npm-registry.ts';

let fake: FakeRegistry;

beforeEach(async () => {
  fake = await startFakeRegistry();
});

afterEach(() => fake.close());

const urlWith = async (replaceRegistryHost: string): Promise<string> => {
  // Another name of the same server: the packument's tarball address is on 127.0.0.1.
  const { port } = new URL(fake.url);
  const env = {
    ...fake.env,
    npm_config_registry: `http://localhost:${port}/`,
    npm_config_replace_registry_host:
      replaceRegistryHost === 'its own host' ? new URL(fake.url).host : replaceRegistryHost,
  };
  const registry = await openNpmRegistry(env);
  return new URL(await registry.tarballUrl('@fake/model', '1.2.3')).hostname;
};

describe("the user's npm registry", () => {
  it.each([
    ['always', 'localhost'],
    ['never', '127.0.0.1'],
    ['npmjs', '127.0.0.1'],
    ['its own host', 'localhost'],
  ])('with replace-registry-host=%s gives tarballs from %s', async (setting, host) => {
    expect(await urlWith(setting)).toBe(host);
  });

  it('gives the bytes from any place on, and says where they start', async () => {
    const registry = await openNpmRegistry(fake.env);
    const url = await registry.tarballUrl('@fake/model', '1.2.3');
    const { start, total, body } = await registry.read(url, 1_000);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    expect({ start, total }).toEqual({ start: 1_000, total: fake.tarball.length });
    expect(Buffer.concat(chunks).equals(fake.tarball.subarray(1_000))).toBe(true);
  });
});
