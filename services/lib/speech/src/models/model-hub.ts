import fetch from 'make-fetch-happen';
import type { Contents, HubSource } from './catalogue.ts';
import {
  type Answer,
  answerOf,
  connectionSettings,
  IDLE_MS,
  loadNpmSettings,
  RETRY,
  rangeHeaders,
  StatusError,
} from './http.ts';

/** Where repositories are unless the user names a mirror. */
export const PUBLIC_HUB = 'https://huggingface.co';

/** A Hugging Face hub, or a mirror with its paths. */
export interface ModelHub {
  /** What the hub says of a file at the pinned revision. Rejects with a StatusError where it refuses. */
  describe(source: HubSource, path: string, signal?: AbortSignal): Promise<Contents>;
  /** The file's bytes from `from` on. Rejects with a StatusError where the hub refuses. */
  read(source: HubSource, path: string, from: number, signal?: AbortSignal): Promise<Answer>;
}

/** The hub's own words for what it does not have, in its header x-error-code. */
export const HUB_ERRORS = { revision: 'RevisionNotFound', file: 'EntryNotFound' } as const;

const MOST_REDIRECTS = 5;

/**
 * The hub at `address`, reached with the proxy and the certificates of the user's npm settings in `env`, and with none
 * of npm's credentials.
 */
export const openModelHub = async (address: string, env: NodeJS.ProcessEnv = process.env): Promise<ModelHub> => {
  const connection = connectionSettings(await loadNpmSettings(env));
  const options = { ...connection, timeout: IDLE_MS, retry: RETRY };
  const urlOf = ({ repository, revision }: HubSource, path: string): string =>
    `${address.replace(/\/+$/, '')}/${repository}/resolve/${revision}/${path}`;

  return {
    async describe(source, path, signal) {
      let url = urlOf(source, path);
      const learnt: Learnt = {};
      for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
        // The hashes are in the hub's own answer; the storage that it sends us on to knows nothing of them.
        const { status, headers, body } = await fetch(url, { ...options, method: 'HEAD', redirect: 'manual', signal });
        body.resume();
        if (status >= 400) throw refusal(status, headers);
        const commit = headers.get('x-repo-commit');
        if (commit !== null && commit !== source.revision) {
          throw new StatusError(status, `it answers with the revision ${commit}`, HUB_ERRORS.revision);
        }
        learnt.hash ??= hashIn(headers.get('x-linked-etag') ?? headers.get('etag'));
        learnt.size ??= sizeIn(headers.get('x-linked-size') ?? (status < 300 ? headers.get('content-length') : null));
        const location = headers.get('location');
        if (status < 300 || location === null || (learnt.hash !== undefined && learnt.size !== undefined)) {
          return contentsOf(learnt);
        }
        url = new URL(location, url).href;
      }
      throw new Error(`it redirects more than ${MOST_REDIRECTS} times`);
    },

    async read(source, path, from, signal) {
      const response = await fetch(urlOf(source, path), { ...options, headers: rangeHeaders(from), signal });
      if (response.status < 400) return answerOf(response);
      response.body.resume();
      throw refusal(response.status, response.headers);
    },
  };
};

const refusal = (status: number, headers: { get(name: string): string | null }): StatusError =>
  new StatusError(status, `it answered ${status}`, headers.get('x-error-code') ?? undefined);

/** The hash in an ETag: the hub's are a SHA-256 for large files and git's SHA-1 for those that lie in git. */
const hashIn = (etag: string | null): string | undefined =>
  /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag ?? '')?.[1];

const sizeIn = (text: string | null): number | undefined => (/^\d+$/.test(text ?? '') ? Number(text) : undefined);

interface Learnt {
  size?: number | undefined;
  hash?: string | undefined;
}

const contentsOf = ({ size, hash }: Learnt): Contents => ({
  size,
  ...(hash?.length === 64 && { sha256: hash }),
  ...(hash?.length === 40 && { gitSha1: hash }),
});
