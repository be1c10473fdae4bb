import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { bytesOf, clip } from '../support/clips.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { missingServers } from './programs.ts';

const missing = missingServers();

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const facts = ({ members }: Cluster) => members.map(({ name, pid, addresses }) => ({ name, pid, addresses }));

async function textOf(grpcAddress: string): Promise<string> {
  await using stream = new GrpcStream(grpcAddress, {});
  await stream.sendAudio(bytesOf(clip('goforward').pcm16));
  stream.end();
  expect((await stream.status).details).toBe('OK');
  return stream.text.toLowerCase();
}

describe.skipIf(missing !== null)(missing === null ? 'a cluster' : `a cluster (${missing})`, () => {
  it('recognises speech, also after each of its members was killed and started again at its old address', async () => {
    const lines = new Set<string>();
    const ends: string[] = [];
    await using cluster = await Cluster.start({
      ingresses: 1,
      transcribers: 1,
      onLine: (name) => lines.add(name),
      onChange: (members) => {
        for (const { name, state } of members) if (state === 'exited' && !ends.includes(name)) ends.push(name);
      },
    });
    const before = facts(cluster);
    expect(before.map(({ name }) => name).sort()).toEqual(['ingress-1', 'media-1', 'nats', 'redis', 'transcriber-1']);
    expect(cluster.members.every(({ alive, state }) => alive && state === 'ready')).toBe(true);
    const { grpc } = cluster.ingresses[0]!.addresses;
    expect(await textOf(grpc!)).toContain('go forward');
    const doomed = cluster.transcribers[0]!;
    doomed.kill('SIGKILL');
    expect(await doomed.exited).toBeNull();
    expect(doomed).toMatchObject({ alive: false, state: 'exited' });
    for (const { name } of before) await cluster.restart(name);
    const after = facts(cluster);
    expect(after.map(({ name, addresses }) => ({ name, addresses }))).toEqual(
      before.map(({ name, addresses }) => ({ name, addresses })),
    );
    for (const [i, { pid }] of after.entries()) expect(pid).not.toBe(before[i]!.pid);
    expect(await textOf(grpc!)).toContain('go forward');
    const second = await cluster.add('ingress');
    expect(second.name).toBe('ingress-2');
    expect(await textOf(second.addresses.grpc!)).toContain('go forward');
    ends.length = 0;
    await cluster.stop();
    expect(ends.map((name) => name.split('-')[0]).slice(0, 4)).toEqual(['ingress', 'ingress', 'media', 'transcriber']);
    expect(ends).toHaveLength(6);
    for (const { role, exited } of cluster.members) if (role !== 'nats') expect(await exited).toBe(0);
    for (const { pid } of [...before, ...facts(cluster)]) expect(isAlive(pid)).toBe(false);
    expect([...lines].sort()).toEqual(['ingress-1', 'ingress-2', 'media-1', 'nats', 'redis', 'transcriber-1']);
  }, 60_000);

  it('ends a member that is stopped (SIGSTOP), tells of every change, and starts nothing any more', async () => {
    const seen = new Map<string, Member['state'][]>();
    const cluster = await Cluster.start({
      ingresses: 0,
      transcribers: 0,
      media: 0,
      onChange: (members) => {
        for (const { name, state } of members) {
          const states = seen.get(name) ?? [];
          if (states.at(-1) !== state) seen.set(name, [...states, state]);
        }
      },
    });
    const [nats] = cluster.members;
    nats!.kill('SIGSTOP');
    await Promise.all([cluster.stop(), cluster.stop()]);
    expect(cluster.members.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    expect(Object.fromEntries(seen)).toEqual({
      nats: ['starting', 'ready', 'exited'],
      redis: ['starting', 'ready', 'exited'],
    });
    await expect(cluster.restart('nats')).rejects.toThrow('is being stopped');
  });

  it('leaves nothing behind when a member can’t start, and says why', async () => {
    const pids = new Set<number>();
    const start = Cluster.start({
      ingresses: 1,
      transcribers: 1,
      settings: { STT_MODEL: 'nonesuch' },
      onChange: (members) => {
        for (const { pid } of members) pids.add(pid);
      },
    });
    await expect(start).rejects.toThrow(/-1 ended with code 1 before it was ready\. It said:\n(.*\n)*.*nonesuch/);
    expect(pids.size).toBeGreaterThanOrEqual(3);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  });

  it('does not outlive the process that started it, however that ended', async () => {
    const script = `
      const { Cluster } = await import(${JSON.stringify(new URL('../dist/cluster/cluster.js', import.meta.url))});
      const { members } = await Cluster.start({ ingresses: 0, transcribers: 0, media: 0, folder: process.argv[1] });
      console.log(JSON.stringify(members.map(({ pid }) => pid)));
    `;
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-test-'));
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) => createInterface(parent.stdout).once('line', resolve));
    const pids = JSON.parse(line) as number[];
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await expect.poll(() => pids.some(isAlive), { timeout: 5_000 }).toBe(false);
    await rm(folder, { recursive: true });
  });

  it('has no member of a name that it never gave', async () => {
    await using cluster = await Cluster.start({ ingresses: 0, transcribers: 0, media: 0 });
    await expect(cluster.restart('ingress-1')).rejects.toThrow('no member ingress-1; it has nats, redis');
  });
});
