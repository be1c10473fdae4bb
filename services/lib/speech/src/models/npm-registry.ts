import NpmConfig from '@npmcli/config';
import npm from '@npmcli/config/lib/definitions/index.js';
import registryFetch from 'npm-registry-fetch';
import { z } from 'zod';

/** What a request for the rest of a file gave. */
export interface Answer {
  /** The byte that `body` starts at: 0 where the server does not do ranges. */
  readonly start: number;
  /** The whole file's bytes, where the server says. */
  readonly total: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The user's npm registry, reached as npm reaches it: address by scope, credentials, proxy, certificates. */
export interface NpmRegistry {
  /** The address of a version's tarball; rejects if the registry does not have that version. */
  tarballUrl(name: string, version: string, signal?: AbortSignal): Promise<string>;
  /** The bytes of `url` from `from` on. Rejects with a RegistryStatusError where the server refuses. */
  read(url: string, from: number, signal?: AbortSignal): Promise<Answer>;
}

/** The registry answered, but with a refusal. */
export class RegistryStatusError extends Error {
  override readonly name = 'RegistryStatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No byte for this long means that the connection is dead. npm's own five minutes are too long for a person to wait. */
const IDLE_MS = 15_000;

// npm waits 10 to 60 s between its tries.
const RETRY = { retries: 1, factor: 2, minTimeout: 300, maxTimeout: 2_000 };

const settingsSchema = z.looseObject({
  registry: z.string(),
  replaceRegistryHost: z.string().default('npmjs'),
});

const packumentSchema = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string() }) })),
});

/** Reads the user's npm settings (.npmrc files, npm_config_* variables) from `env` and the folders they name. */
export const openNpmRegistry = async (env: NodeJS.ProcessEnv = process.env): Promise<NpmRegistry> => {
  const { definitions, shorthands, flatten, nerfDarts } = npm;
  const config = new NpmConfig({
    definitions,
    shorthands,
    flatten,
    nerfDarts,
    // Only for npm's own built-in npmrc, which belongs to one installation of npm and not to the user.
    npmPath: import.meta.dirname,
    // load() writes into the environment that it is given.
    env: { ...env },
    argv: [process.execPath, 'verbatim'],
    warn: false,
  });
  await config.load();
  const settings = settingsSchema.parse(config.flat);
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
      if (tarball === undefined) throw new RegistryStatusError(404, `it has no version ${version} of ${name}`);
      return onUsersHost(tarball, registryFetch.pickRegistry(name, options), settings.replaceRegistryHost);
    },

    async read(url, from, signal) {
      const response = await refusalsNamed(
        registryFetch(url, {
          ...options,
          // Bytes as they lie on the server: ranges and the integrity are about those.
          headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
          ...(signal && { signal }),
        } as registryFetch.Options),
      );
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
      const partial = response.status === 206 && range !== null;
      const length = partial ? range[2] : response.headers.get('content-length');
      return {
        start: partial ? Number(range[1]) : 0,
        total: length && length !== '*' ? Number(length) : undefined,
        // A minipass stream, which is iterable; its types say only ReadableStream.
        body: response.body as AsyncIterable<Buffer>,
      };
    },
  };
};

const refusalsNamed = async <T>(request: Promise<T>): Promise<T> => {
  try {
    return await request;
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
      throw new RegistryStatusError(error.statusCode, `it answered ${error.statusCode}`);
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
