import npm from '@npmcli/config/lib/definitions/index.js';
import registryFetch from 'npm-registry-fetch';
import { z } from 'zod';
import { type Answer, answerOf, IDLE_MS, loadNpmSettings, RETRY, rangeHeaders, StatusError } from './http.ts';

/** The user's npm registry, reached as npm reaches it: address by scope, credentials, proxy, certificates. */
export interface NpmRegistry {
  /** The address of a version's tarball; rejects if the registry does not have that version. */
  tarballUrl(name: string, version: string, signal?: AbortSignal): Promise<string>;
  /** The bytes of `url` from `from` on. Rejects with a StatusError where the server refuses. */
  read(url: string, from: number, signal?: AbortSignal): Promise<Answer>;
}

const settingsSchema = z.looseObject({
  registry: z.string(),
  replaceRegistryHost: z.string().default('npmjs'),
});

const packumentSchema = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string() }) })),
});

/** Reads the user's npm settings (.npmrc files, npm_config_* variables) from `env` and the folders they name. */
export const openNpmRegistry = async (env: NodeJS.ProcessEnv = process.env): Promise<NpmRegistry> => {
  const settings = settingsSchema.parse(await loadNpmSettings(env));
  const options = { ...settings, cache: undefined, timeout: IDLE_MS, retry: RETRY } as registryFetch.Options;

  return {
    async tarballUrl(name, version, signal) {
      const answer = await refusalsNamed(
        registryFetch.json(`/${name.replace('/', '%2f')}`, {
          ...options,
          spec: name,
          headers: { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8' },
          ...(signal && { signal }),
        } as registryFetch.Options),
      );
      const packument = packumentSchema.safeParse(answer);
      if (!packument.success) throw new Error(`what it sent for ${name} describes no package`);
      const tarball = packument.data.versions[version]?.dist.tarball;
      if (tarball === undefined) throw new StatusError(404, `it has no version ${version} of ${name}`);
      return onUsersHost(tarball, registryFetch.pickRegistry(name, options), settings.replaceRegistryHost);
    },

    async read(url, from, signal) {
      const response = await refusalsNamed(
        registryFetch(url, {
          ...options,
          headers: rangeHeaders(from),
          ...(signal && { signal }),
        } as registryFetch.Options),
      );
      return answerOf(response);
    },
  };
};

const refusalsNamed = async <T>(request: Promise<T>): Promise<T> => {
  try {
    return await request;
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
      throw new StatusError(error.statusCode, `it answered ${error.statusCode}`);
    }
    throw error;
  }
};

/**
 * A mirror may hand out tarball addresses on the public registry; npm's setting replace-registry-host says whether to
 * take them from the user's own registry instead.
 */
const onUsersHost = (tarball: string, registry: string, replaceRegistryHost: string): string => {
  const { host, pathname, search } = new URL(tarball);
  const publicHost = new URL(String(npm.definitions.registry?.default)).host;
  const replaced = replaceRegistryHost === 'npmjs' ? publicHost : replaceRegistryHost;
  if (replaced !== 'always' && replaced !== host) return tarball;
  return new URL(`${pathname}${search}`, registry).href;
};
