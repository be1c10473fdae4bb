import { describe, expect, it } from 'vitest';
import { forget, type Remembered, readRemembered, remember } from './remembered.ts';

const job = (number: number): Remembered => ({ jobId: `j-${number}`, name: `${number}.mp3`, bytes: number });
const many = (count: number) => Array.from({ length: count }, (_, index) => job(index)).reduce(remember, []);

describe('remembered jobs', () => {
  it('are the newest fifty, newest first', () => {
    const list = many(60);
    expect([list.length, list[0]!.jobId, list.at(-1)!.jobId]).toEqual([50, 'j-59', 'j-10']);
  });

  it('hold each job once', () => {
    expect(remember(many(3), job(0)).map(({ jobId }) => jobId)).toEqual(['j-0', 'j-2', 'j-1']);
    expect(forget(many(3), 'j-1').map(({ jobId }) => jobId)).toEqual(['j-2', 'j-0']);
  });

  it('come back as they were written', () => {
    expect(readRemembered(JSON.stringify(many(3)))).toEqual(many(3));
  });

  it('are none where something else is stored', () => {
    for (const text of [null, '', '{', '{}', '"jobs"', 'null']) expect(readRemembered(text)).toEqual([]);
    expect(readRemembered(JSON.stringify([null, 3, { jobId: 1 }, job(1)]))).toEqual([job(1)]);
  });
});
