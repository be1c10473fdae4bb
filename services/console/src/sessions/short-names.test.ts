import { describe, expect, it } from 'vitest';
import { shortNames } from './short-names.ts';

const short = (...names: string[]) => [...shortNames(names).values()];

describe('names of pods', () => {
  it('are without what all of them begin with', () => {
    expect(short('transcriber-6c9f-x2vqk', 'transcriber-6c9f-7hj4p')).toEqual(['…x2vqk', '…7hj4p']);
    expect(short('transcriber-6c9f-x2vqk', 'transcriber-7d1e-7hj4p')).toEqual(['…6c9f-x2vqk', '…7d1e-7hj4p']);
  });

  it('are cut at a hyphen only, and never to nothing', () => {
    expect(short('pod-abc', 'pod-abd')).toEqual(['…abc', '…abd']);
    expect(short('pod', 'pod-a')).toEqual(['pod', 'pod-a']);
  });

  it('stay whole where there is one, or nothing in common', () => {
    expect(short('transcriber-6c9f-x2vqk', 'transcriber-6c9f-x2vqk')).toEqual(['transcriber-6c9f-x2vqk']);
    expect(short('left', 'right')).toEqual(['left', 'right']);
    expect(short()).toEqual([]);
  });
});
