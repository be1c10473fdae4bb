import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ssri from 'ssri';
import { create } from 'tar';
import type { ModelEntry, NpmSource } from './catalogue.ts';

/** How the registry answers a tarball request; undefined: as a good server does. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, tarball: Buffer) => void;

export interface FakeRegistry {
  /** A model whose package this registry holds: two files of 300 kB and 100 kB. */
  readonly entry: ModelEntry & { readonly source: NpmSource };
  readonly tarball: Buffer;
  /** The files' contents by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The range header of every tarball request so far; undefined for a request of the whole. */
  readonly tarballRequests: (string | undefined)[];
  /** The authorization header of every request so far. */
  readonly credentials: (string | undefined)[];
  /** Settings that lead npm here and keep it from reading those of the person who runs the test. */
  readonly env: NodeJS.ProcessEnv;
  readonly url: string;
  /** Answers for the next tarball requests, first come first served. */
  readonly next: Behaviour[];
  close(): Promise<void>;
}

const PACKAGE = '@fake/model';
const VERSION = '1.2.3';

/** An npm registry on the loopback interface that serves one generated package. For tests. */
export const startFakeRegistry = async (): Promise<FakeRegistry> => {
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-registry-'));
  const files = new Map([
    ['encoder.onnx', randomBytes(300_000)],
    ['decoder.onnx', randomBytes(100_000)],
  ]);
  const tarball = await pack(folder, files);
  const entry: FakeRegistry['entry'] = {
    id: 'fake-model',
    family: 'moonshine',
    languages: ['en'],
    licence: 'MIT',
    source: { kind: 'npm', package: PACKAGE, version: VERSION, integrity: ssri.fromData(tarball).toString() },
    files: [...files].map(([name, data]) => ({
      name,
      path: `dist/${name}`,
      size: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
    })),
  };

  const tarballRequests: (string | undefined)[] = [];
  const credentials: (string | undefined)[] = [];
  const next: Behaviour[] = [];
  const server = createServer((request, response) => {
    credentials.push(request.headers.authorization);
    if (request.url?.endsWith('.tgz')) {
      tarballRequests.push(request.headers.range);
      (next.shift() ?? sendRange)(request, response, tarball);
    } else if (request.url === `/${PACKAGE.replace('/', '%2f')}`) {
      const dist = { tarball: `${url}${PACKAGE}/-/model-${VERSION}.tgz` };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ name: PACKAGE, versions: { [VERSION]: { name: PACKAGE, version: VERSION, dist } } }));
    } else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    entry,
    tarball,
    files,
    tarballRequests,
    credentials,
    next,
    url,
    env: {
      HOME: folder,
      npm_config_userconfig: join(folder, '.npmrc'),
      npm_config_globalconfig: join(folder, 'global-npmrc'),
      npm_config_registry: url,
      npm_config_noproxy: '127.0.0.1',
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const pack = async (folder: string, files: ReadonlyMap<string, Buffer>): Promise<Buffer> => {
  const contents = new Map([...files].map(([name, data]) => [`package/dist/${name}`, data]));
  contents.set('package/package.json', Buffer.from('{}')).set('package/dist/other.bin', randomBytes(1_000));
  for (const [path, data] of contents) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
  await create({ gzip: true, cwd: folder, file: join(folder, 'model.tgz') }, ['package']);
  return readFile(join(folder, 'model.tgz'));
};

const firstByte = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);

const sendRange: Behaviour = (request, response, tarball) => {
  const from = firstByte(request);
  if (from === 0) return void response.writeHead(200, { 'content-length': tarball.length }).end(tarball);
  if (from >= tarball.length) return void response.writeHead(416).end();
  response.writeHead(206, {
    'content-length': tarball.length - from,
    'content-range': `bytes ${from}-${tarball.length - 1}/${tarball.length}`,
  });
  response.end(tarball.subarray(from));
};

/** Sends the whole file whatever range was asked for. */
export const ignoreRange: Behaviour = (_request, response, tarball) => {
  response.writeHead(200, { 'content-length': tarball.length }).end(tarball);
};

/** Sends `bytes` of the whole, and then does what `after` says. */
export const sendFirst =
  (bytes: number, after: 'cut' | 'stall'): Behaviour =>
  (_request, response, tarball) => {
    response.writeHead(200, { 'content-length': tarball.length });
    response.write(tarball.subarray(0, bytes), () => {
      if (after === 'cut') response.destroy();
    });
  };

/** Sends other bytes of the same length. */
export const sendGarbage: Behaviour = (_request, response, tarball) => {
  response.writeHead(200, { 'content-length': tarball.length }).end(Buffer.alloc(tarball.length, 1));
};
