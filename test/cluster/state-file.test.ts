import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Member } from './member.ts';
import { StateFile } from './state-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'verbatim-test-'));
  file = path.join(folder, '.verbatim', 'cluster.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const content = () => JSON.parse(readFileSync(file, 'utf8'));

const member: Member = {
  name: 'ingress-1',
  role: 'ingress',
  pid: 42,
  addresses: { grpc: '127.0.0.1:1' },
  alive: true,
  state: 'ready',
  exited: Promise.resolve(0),
  kill() {},
};

it('holds the members while the cluster runs, leaves nothing else behind, and is gone afterwards', () => {
  const state = StateFile.claim(file);
  expect(content()).toMatchObject({ pid: process.pid, members: [] });
  state.write([member]);
  expect(new Date(content().startedAt).getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(content().members).toEqual([
    { name: 'ingress-1', role: 'ingress', pid: 42, addresses: { grpc: '127.0.0.1:1' }, state: 'ready' },
  ]);
  expect(readdirSync(path.dirname(file))).toEqual(['cluster.json']);
  state.remove();
  state.write([member]);
  expect(existsSync(file)).toBe(false);
});

it('is not taken from a cluster that runs', () => {
  StateFile.claim(file).write([member]);
  expect(() => StateFile.claim(file)).toThrow(`runs already (process ${process.pid})`);
  expect(content().members).toHaveLength(1);
});

it('is taken over from a cluster that was killed, and from whatever else lies there', () => {
  StateFile.claim(file).remove();
  const { pid } = spawnSync(process.execPath, ['--version']);
  for (const left of [JSON.stringify({ pid }), '{"pid": 1', '']) {
    writeFileSync(file, left);
    StateFile.claim(file).write([member]);
    expect(content().members).toHaveLength(1);
    rmSync(file);
  }
});
