import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { SttError } from '@verbatim/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../contract/bus-under-test.ts';
import { findNatsServer, freePort, type NatsServerOptions, startNatsServer } from '../testing/nats-server.ts';
import { createJetStreamBus, type JetStreamBus } from './jetstream-bus.ts';
import type { JetStreamBusOptions } from './options.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';

/** Makes a throw-away authority and a certificate for 127.0.0.1 that it signed; both key pairs are for this test only. */
const makeCertificates = (folder: string): void => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=test', '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', ...newKey.slice(0, -2), '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'cert.csr');
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'cert.csr', ...signed, '-out', 'cert.pem');
};

describe.skipIf(missing !== '')(`access to nats-server${missing}`, () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'verbatim-access-'));
    makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
  });

  const startServer = async (options: NatsServerOptions) => {
    const server = await startNatsServer(options);
    cleanUp.push(() => server.stop());
    return server;
  };
  const connect = (options: Omit<JetStreamBusOptions, 'name'>): JetStreamBus => {
    const bus = createJetStreamBus({ name: 'test', ...options });
    cleanUp.push(async () => bus[Symbol.asyncDispose]());
    return bus;
  };
  const works = async (bus: JetStreamBus) => {
    await bus.ready;
    expect(bus.state).toEqual({ status: 'connected', detail: 'connected' });
    expect(await bus.audio.mark(newId('s'), { type: 'idle' })).toBe(1);
  };
  const says = (bus: JetStreamBus, sentence: string) =>
    vi.waitFor(() => expect(bus.state).toEqual({ status: 'connecting', detail: expect.stringContaining(sentence) }), {
      timeout: 5_000,
    });

  it('goes with a user and password, as options or in the URL, and says when they are wrong', async () => {
    const { url, port } = await startServer({ config: 'authorization { user: "u", password: "p@ss/word" }' });
    await works(connect({ servers: [url], auth: { user: 'u', password: 'p@ss/word' } }));
    await works(connect({ servers: [`nats://u:p%40ss%2Fword@127.0.0.1:${port}`] }));
    const refused = [
      connect({ servers: [url] }),
      connect({ servers: [url], auth: { user: 'u', password: 'secret-1' } }),
      connect({ servers: [`nats://u:secret-2@127.0.0.1:${port}`] }),
    ];
    for (const bus of refused) {
      await says(bus, `127.0.0.1:${port} says authorization violation: check NATS_USER`);
      expect(bus.state.detail).not.toContain('secret');
    }
  });

  it('goes with a token, as option or in the URL', async () => {
    const { url, port } = await startServer({ config: 'authorization { token: "t0ken" }' });
    await works(connect({ servers: [url], auth: { token: 't0ken' } }));
    await works(connect({ servers: [`nats://t0ken@127.0.0.1:${port}`] }));
  });

  it('goes with an nkey seed', async () => {
    const user = nkeys.createUser();
    const { url } = await startServer({ config: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }` });
    await works(connect({ servers: [url], auth: { nkeySeed: new TextDecoder().decode(user.getSeed()) } }));
    await says(connect({ servers: [url] }), 'authorization violation');
  });

  it('goes over TLS with an authority of its own, and says when the certificate is not trusted', async () => {
    const path = (name: string) => join(folder, name);
    const files = `cert_file: "${path('cert.pem')}", key_file: "${path('key.pem')}", ca_file: "${path('ca.pem')}"`;
    const { port } = await startServer({ config: `tls { ${files}, verify: true }` });
    const tls = { caFile: path('ca.pem'), certFile: path('cert.pem'), keyFile: path('key.pem') };
    await works(connect({ servers: [`tls://127.0.0.1:${port}`], tls }));
    await works(connect({ servers: [`nats://localhost:${port}`], tls }));
    await says(connect({ servers: [`tls://127.0.0.1:${port}`] }), 'do not agree on TLS');
  });

  it('insists on TLS where it was asked for', async () => {
    const { port } = await startServer({});
    await says(connect({ servers: [`tls://127.0.0.1:${port}`] }), 'do not agree on TLS');
    await says(connect({ servers: [`nats://127.0.0.1:${port}`], tls: true }), 'do not agree on TLS');
  });

  it('says that JetStream is off, and connects when it is on', async () => {
    const port = await freePort();
    const off = await startNatsServer({ port, jetstream: false });
    const bus = connect({ servers: [off.url] });
    await says(bus, 'JetStream is off on this nats-server: start it with -js');
    await off.stop();
    await startServer({ port });
    await works(bus);
  });

  it('says that nobody is there, and tries the next server', async () => {
    const nobody = await freePort();
    await says(connect({ servers: [`nats://127.0.0.1:${nobody}`] }), `127.0.0.1:${nobody} refused the connection`);
    const { url } = await startServer({});
    await works(connect({ servers: [`127.0.0.1:${nobody}`, url, `127.0.0.1:${nobody}`] }));
  });

  it('says what is too old or something else than nats-server', async () => {
    let greeting = 'INFO {"server_id":"x","version":"2.8.4","jetstream":true,"max_payload":1048576}\r\n';
    const impostor = createServer((socket) => socket.on('error', () => {}).end(greeting));
    const port = await freePort();
    await new Promise<void>((resolve) => impostor.listen(port, '127.0.0.1', resolve));
    cleanUp.push(async () => impostor.close());
    await says(connect({ servers: [`127.0.0.1:${port}`] }), 'nats-server 2.8.4 is too old: 2.9 or later is needed');
    greeting = 'HTTP/1.1 400 Bad Request\r\n';
    await says(connect({ servers: [`127.0.0.1:${port}`] }), 'is something else than nats-server');
  });

  it('says which stream has settings that cannot be changed, and fits those that can', async () => {
    const { url } = await startServer({});
    await works(connect({ servers: [url], claimStorage: 'file', ringSeconds: 10 }));
    await works(connect({ servers: [url], claimStorage: 'file', ringSeconds: 20 }));
    await says(connect({ servers: [url], claimStorage: 'memory' }), 'stream STT_CLAIMS has other settings');
  });

  it('says what a user is not allowed to do', async () => {
    const deny = 'permissions { publish { deny: "$JS.API.STREAM.CREATE.>" } }';
    const { url } = await startServer({
      config: `authorization { users: [ { user: u, password: secret, ${deny} } ] }`,
    });
    const bus = connect({ servers: [url], auth: { user: 'u', password: 'secret' } });
    await says(bus, 'Permissions Violation for Publish to "$JS.API.STREAM.CREATE.STT_');
    expect(bus.state.detail).not.toContain('secret');
  });

  it('says that nats-server has too little memory for the audio', async () => {
    const { url } = await startServer({ config: 'jetstream { max_memory_store: 1MB }' });
    await says(connect({ servers: [url] }), 'cannot be made: insufficient memory');
  });

  it('lets every process in where nats-server has just what the streams need', async () => {
    const limits = 'max_memory_store: 3100MB, max_file_store: 520MB';
    const { url } = await startServer({ config: `jetstream { ${limits} }` });
    const sized = { servers: [url], claimStorage: 'file', audioMaxBytes: 2 ** 30, objectsMaxBytes: 2 ** 31 } as const;
    await works(connect(sized));
    await works(connect(sized));
  });

  it('refuses options that cannot work, naming them and no secret', () => {
    const refused: [string, Partial<JetStreamBusOptions>][] = [
      ['servers', { servers: [] }],
      ['servers', { servers: ['http://u:secret@host'] }],
      ['auth.credsFile', { auth: { credsFile: join(folder, 'nowhere') } }],
      ['auth.nkeySeed', { auth: { nkeySeed: 'secret' } }],
      ['auth.user', { auth: { password: 'secret' } }],
      ['tls.caFile', { tls: { caFile: join(folder, 'nowhere') } }],
      ['tls.certFile', { tls: { certFile: join(folder, 'cert.pem') } }],
      ['ringSeconds', { ringSeconds: 0 }],
    ];
    for (const [field, options] of refused) {
      let error: unknown;
      try {
        connect({ servers: ['nats://127.0.0.1:1'], ...options });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(SttError);
      expect(error).toMatchObject({ code: 'invalid_argument', field });
      expect(String(error)).not.toContain('secret');
    }
  });
});
