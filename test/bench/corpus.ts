import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AudioNormalizer, readWav } from '@verbatim/audio';
import { SAMPLE_RATE } from '@verbatim/contracts';
import { BenchError } from './bench-error.ts';
import { type SpeechBounds, speechBounds } from './speech-bounds.ts';

/** A recording and what is said in it. */
export interface Clip {
  readonly id: string;
  /** The collection it comes from. */
  readonly set: string;
  readonly text: string;
  /** 16 kHz mono. */
  readonly pcm16: Int16Array;
  readonly seconds: number;
  readonly bounds: SpeechBounds;
}

export interface Corpus {
  /** The manifest that was read, relative to the repository. */
  readonly manifest: string;
  readonly clips: readonly Clip[];
}

/** The large collection beside the repository where there is one, and the few clips inside it. */
const FOLDERS = [path.join('..', 'shared', 'speech'), path.join('test', 'fixtures', 'speech')];

interface ManifestEntry {
  readonly id?: string;
  readonly file: string;
  readonly set: string;
  readonly language: string;
  readonly text: string;
  readonly text_normalized?: string;
}

/**
 * Reads all clips of a language. `folder`, relative to `root`, holds a manifest.jsonl; without it the first of the
 * usual folders that exists is taken.
 * @throws BenchError when there is no manifest or no clip of that language.
 */
export async function loadCorpus(root: string, language: string, folder?: string): Promise<Corpus> {
  const { found, manifest, all } = await readManifest(root, folder);
  const entries = all.filter((entry) => entry.language === language);
  if (entries.length === 0) throw new BenchError(`${manifest} lists no clip in language "${language}".`);
  return { manifest, clips: await Promise.all(entries.map((entry) => readClip(path.resolve(root, found), entry))) };
}

/** Reads the clips of all languages, as `loadCorpus` does those of one. */
export async function loadAllLanguages(
  root: string,
  folder?: string,
): Promise<readonly (Clip & { readonly language: string })[]> {
  const { found, all } = await readManifest(root, folder);
  return Promise.all(
    all.map(async (entry) => ({ ...(await readClip(path.resolve(root, found), entry)), language: entry.language })),
  );
}

async function readManifest(root: string, folder?: string) {
  const folders = folder === undefined ? FOLDERS : [folder];
  const found = folders.find((each) => existsSync(path.resolve(root, each, 'manifest.jsonl')));
  if (found === undefined) throw new BenchError(`There is no manifest.jsonl in ${folders.join(' or ')}.`);
  const manifest = path.join(found, 'manifest.jsonl');
  const lines = (await readFile(path.resolve(root, manifest), 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return { found, manifest, all: lines.map((line) => JSON.parse(line) as ManifestEntry) };
}

async function readClip(folder: string, entry: ManifestEntry): Promise<Clip> {
  const { format, data } = readWav(await readFile(path.join(folder, entry.file)));
  const normalizer = new AudioNormalizer(format);
  const pcm16 = joinPcm([normalizer.push(data), normalizer.flush()]);
  const bounds = speechBounds(pcm16);
  if (bounds === null) throw new BenchError(`${entry.file} holds no speech that its energy would show; remove it.`);
  return {
    id: entry.id ?? path.parse(entry.file).name,
    set: entry.set,
    text: entry.text_normalized ?? entry.text,
    pcm16,
    seconds: pcm16.length / SAMPLE_RATE,
    bounds,
  };
}

/** Stretches of audio one after another. */
export function joinPcm(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** At most `count` clips of `minSeconds` to `maxSeconds`, from all sets in turn, in the manifest's order within a set. */
export function pickClips(clips: readonly Clip[], count: number, minSeconds: number, maxSeconds: number): Clip[] {
  const fitting = clips.filter(({ seconds }) => seconds >= minSeconds && seconds <= maxSeconds);
  const bySet = [...groupBySet(fitting).values()];
  const longest = Math.max(0, ...bySet.map((set) => set.length));
  const inTurn = Array.from({ length: longest }, (_, turn) => bySet.flatMap((set) => set[turn] ?? [])).flat();
  return inTurn.slice(0, count);
}

/** The clips of each set, sets in the order of their first clip. */
export function groupBySet<T extends { readonly set: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(item.set, [...(groups.get(item.set) ?? []), item]);
  return groups;
}
