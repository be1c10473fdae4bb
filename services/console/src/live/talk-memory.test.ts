import { describe, expect, it } from 'vitest';
import type { SaidFinal } from './talk.ts';
import { TalkMemory } from './talk-memory.ts';

class FakeStorage {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

const final = (sequence: number, text: string): SaidFinal => ({
  ...{ type: 'final', sequence, utterance: sequence, text, confidence: 0.9, start: sequence, end: sequence + 1 },
  ...{ language: 'en', reason: 'silence', latencyMs: 500 },
});

describe('TalkMemory', () => {
  it('gives back what was said before the reload', () => {
    const memory = new TalkMemory(new FakeStorage(), 'talk');
    expect(memory.read()).toEqual([]);
    memory.write([final(1, 'One.'), final(2, 'Two.')]);
    expect(memory.read()).toEqual([final(1, 'One.'), final(2, 'Two.')]);
    memory.write([]);
    expect(memory.read()).toEqual([]);
  });

  it('keeps the newest of a long talk', () => {
    const memory = new TalkMemory(new FakeStorage(), 'talk');
    memory.write([1, 2, 3].map((sequence) => final(sequence, String(sequence).repeat(400_000))));
    expect(memory.read().map(({ sequence, text }) => [sequence, text[0]])).toEqual([
      [1, '2'],
      [2, '3'],
    ]);
  });

  it('is empty where something else lies in its place, or nothing can be stored', () => {
    const storage = new FakeStorage();
    storage.setItem('talk', '[{"text":1},7,null');
    expect(new TalkMemory(storage, 'talk').read()).toEqual([]);
    storage.setItem('talk', '[{"text":1},7,null]');
    expect(new TalkMemory(storage, 'talk').read()).toEqual([]);
    const memory = new TalkMemory(null, 'talk');
    memory.write([final(1, 'One.')]);
    expect(memory.read()).toEqual([]);
  });
});
