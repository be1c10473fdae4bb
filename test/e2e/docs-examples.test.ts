import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, clip } from '../support/clips.ts';
import { type Deployment, startEmbeddedDeployment } from '../support/deployment.ts';
import { FilesClient } from '../support/files-client.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { wavOf } from '../support/media-files.ts';

interface Operation {
  readonly description?: string;
  readonly summary?: string;
}

const wav = wavOf(clip('goforward').pcm16);
let server: Deployment;
let folder: string;
beforeAll(async () => {
  server = await startEmbeddedDeployment();
  folder = await mkdtemp(join(tmpdir(), 'verbatim-test-'));
  await writeFile(join(folder, 'speech.wav'), wav);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A session and a job that are over, for examples to name. */
async function made(): Promise<{ JOB: string; SESSION: string }> {
  const files = new FilesClient(server.httpUrl);
  const job = await files.finished(await files.create(wav));
  const SESSION = `docs-${job.job_id}`;
  const live = new GrpcStream(server.grpcAddress, { sessionId: SESSION });
  await live.sendAudio(bytesOf(clip('goforward').pcm16));
  live.end();
  await live.status;
  return { JOB: job.job_id, SESSION };
}

it('every route of the API’s description has a command, and each of them does what it says', async () => {
  const { paths } = (await (await fetch(`${server.httpUrl}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  expect(operations.length).toBeGreaterThan(14);
  for (const { name, operation } of operations) {
    const command = /```sh\n(curl .*)\n```/.exec(operation.description ?? '')?.[1];
    expect(command, name).toBeDefined();
    const here = command!
      .replace('http://127.0.0.1:8000', server.httpUrl)
      .replace(/^curl /, 'curl --silent --fail-with-body ');
    // Some of them end what they name.
    const names = /\$(JOB|SESSION)/.test(command!) ? await made() : {};
    const env = { PATH: process.env.PATH, ...names };
    const run = promisify(execFile)('bash', ['-c', here], { cwd: folder, env });
    if (/translations/.test(name)) {
      // This server's model knows English alone, and says so.
      await expect(run, name).rejects.toMatchObject({ stdout: expect.stringContaining("can't translate") });
      continue;
    }
    const { stdout } = await run;
    if (!/DELETE/.test(name)) expect(stdout, name).not.toBe('');
    if (/result|transcriptions/.test(name)) expect(stdout.toLowerCase(), name).toContain('forward');
  }
}, 60_000);
