import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubSource, ModelEntry, WhisperShape } from './catalogue.ts';

/** How the storage answers a request for a large file; `data` is the file's contents. */
export type StorageBehaviour = (request: IncomingMessage, response: ServerResponse, data: Buffer) => void;

export interface FakeHub {
  /** A model whose repository this hub holds, with every file pinned. */
  readonly entry: ModelEntry & { readonly source: HubSource };
  /** The files' contents by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Method, path below the repository and range of every request to the hub and to its storage so far. */
  readonly requests: string[];
  /** The authorization header of every request so far. */
  readonly credentials: (string | undefined)[];
  readonly url: string;
  /** Answers for the next requests for a large file, first come first served. */
  readonly next: StorageBehaviour[];
  /** What the hub does otherwise than a good one. */
  readonly faults: { noHashes?: boolean; commit?: string; relativeRedirect?: boolean; lies?: boolean };
  close(): Promise<void>;
}

const REPOSITORY = 'fake/whisper';
const REVISION = '0123456789abcdef0123456789abcdef01234567';
const SHAPE: WhisperShape = { d_model: 8, encoder_layers: 1, decoder_layers: 2, vocab_size: 99, num_mel_bins: 80 };
/** The hub keeps larger files apart from git, in a storage on another host. */
const LARGE_FROM_BYTES = 50_000;

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
export const gitSha1 = (data: Buffer): string =>
  createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');

/** A server with the paths, headers, redirects and refusals of the Hugging Face hub, on the loopback interface. For tests. */
export const startFakeHub = async (): Promise<FakeHub> => {
  const files = new Map([
    ['config.json', Buffer.from(JSON.stringify({ ...SHAPE, model_type: 'whisper' }))],
    ['tokenizer.json', randomBytes(20_000)],
    ['model.safetensors', randomBytes(300_000)],
  ]);
  const requests: string[] = [];
  const credentials: (string | undefined)[] = [];
  const next: StorageBehaviour[] = [];
  const faults: FakeHub['faults'] = {};

  const storage = createServer((request, response) => {
    credentials.push(request.headers.authorization);
    const name = request.url?.slice(1) ?? '';
    requests.push([`storage ${request.method}`, name, request.headers.range].filter(Boolean).join(' '));
    const data = files.get(name);
    if (data === undefined) return void response.writeHead(403).end();
    // As S3 does: an MD5.
    response.setHeader('etag', `"${createHash('md5').update(data).digest('hex')}"`);
    (next.shift() ?? sendRange)(request, response, data);
  });
  const hub = createServer((request, response) => {
    credentials.push(request.headers.authorization);
    const [, revision, name] = new RegExp(`^/mirror/${REPOSITORY}/resolve/([^/]+)/(.+)$`).exec(request.url ?? '') ?? [];
    requests.push([request.method, name ?? request.url, request.headers.range].filter(Boolean).join(' '));
    if (name === undefined) return refuse(response, 401, 'RepoNotFound');
    if (revision !== REVISION) return refuse(response, 404, 'RevisionNotFound');
    const data = files.get(name.replace('moved/', ''));
    if (data === undefined) return refuse(response, 404, 'EntryNotFound');
    response.setHeader('x-repo-commit', faults.commit ?? REVISION);
    if (faults.relativeRedirect && !name.startsWith('moved/')) {
      return void response.writeHead(307, { location: `moved/${name}` }).end();
    }
    if (data.length < LARGE_FROM_BYTES) {
      if (!faults.noHashes) response.setHeader('etag', `W/"${gitSha1(faults.lies ? Buffer.from('lie') : data)}"`);
      return sendRange(request, response, data);
    }
    if (!faults.noHashes) {
      response.setHeader('x-linked-etag', `"${faults.lies ? sha256(Buffer.from('lie')) : sha256(data)}"`);
      response.setHeader('x-linked-size', data.length);
    }
    response.writeHead(302, { location: `http://localhost:${portOf(storage)}/${name.replace('moved/', '')}` }).end();
  });
  const servers = [storage, hub];
  // Two names of the loopback interface, as the hub and its storage are two hosts.
  await new Promise<void>((resolve) => storage.listen(0, 'localhost', resolve));
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  return {
    entry: {
      id: 'fake-whisper',
      family: 'whisper',
      languages: ['en'],
      licence: 'MIT',
      source: { kind: 'huggingface', repository: REPOSITORY, revision: REVISION },
      shape: SHAPE,
      files: [...files].map(([name, data]) => ({ name, path: name, size: data.length, sha256: sha256(data) })),
    },
    files,
    requests,
    credentials,
    next,
    faults,
    url: `http://127.0.0.1:${portOf(hub)}/mirror`,
    close: async () => {
      for (const server of servers) {
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
      }
    },
  };
};

const portOf = (server: ReturnType<typeof createServer>): number => (server.address() as AddressInfo).port;

const refuse = (response: ServerResponse, status: number, code: string): void =>
  void response.writeHead(status, { 'x-error-code': code }).end();

const sendRange: StorageBehaviour = (request, response, data) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.setHeader('content-length', data.length - from);
  if (from > 0) {
    response.writeHead(206, { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` });
  }
  response.end(request.method === 'HEAD' ? undefined : data.subarray(from));
};
