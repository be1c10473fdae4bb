import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClusterTargets } from './cluster-targets.ts';
import type { Targets } from './prometheus.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verbatim-targets-'));
  file = path.join(folder, 'cluster.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** The file as test/cluster/state-file.ts writes it. */
const write = (members: Record<string, string | null>) =>
  writeFile(
    file,
    JSON.stringify({
      pid: 1,
      startedAt: '2026-01-01T00:00:00Z',
      members: Object.entries(members).map(([name, metrics]) => ({
        ...{ name, role: name.replace(/-\d+$/, ''), pid: 2, state: 'ready' },
        addresses: metrics === null ? {} : { metrics, health: 'http://127.0.0.1:9/health' },
      })),
    }),
  );

it('finds the processes of a cluster, and keeps those that start again where they were', async () => {
  const targets = new ClusterTargets(file);
  expect(await targets.read()).toEqual({});
  await write({
    nats: null,
    'ingress-1': 'http://127.0.0.1:1/metrics',
    'media-1': 'http://127.0.0.1:2/metrics',
    'transcriber-1': null,
  });
  expect(await targets.read()).toEqual({
    'verbatim-ingress': [{ address: '127.0.0.1:1', instance: 'ingress-1' }],
    'verbatim-media': [{ address: '127.0.0.1:2', instance: 'media-1' }],
  });
  await write({ 'ingress-1': null, 'transcriber-1': 'http://127.0.0.1:3/metrics' });
  expect(await targets.read()).toEqual({
    'verbatim-ingress': [{ address: '127.0.0.1:1', instance: 'ingress-1' }],
    'verbatim-transcriber': [{ address: '127.0.0.1:3', instance: 'transcriber-1' }],
  });
  await rm(file);
  expect(await targets.read()).toEqual({});
});

it.each(['', '{', '{"members":[{"name":1}]}'])('takes a file with %j for no cluster', async (text) => {
  await writeFile(file, text);
  expect(await new ClusterTargets(file).read()).toEqual({});
});

it('tells of changes, once each, until it is stopped', async () => {
  const over = new AbortController();
  const heard: Targets[] = [];
  const following = new ClusterTargets(file).follow(async (targets) => void heard.push(targets), over.signal);
  await vi.waitFor(() => expect(heard).toEqual([{}]));
  await write({ 'media-1': 'http://127.0.0.1:2/metrics' });
  await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 5_000 });
  over.abort();
  await following;
  expect(heard[1]).toEqual({ 'verbatim-media': [{ address: '127.0.0.1:2', instance: 'media-1' }] });
});
