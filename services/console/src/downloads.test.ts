import { expect, it } from 'vitest';
import { downloadName } from './downloads.ts';

it('names a transcript after its recording, without the ending of that', () => {
  const names = ['talk.mp3', 'Talk of 3.5. hours', 'a.b.webm', '.hidden', 'talk'];
  expect(names.map((name) => downloadName(name, 'srt'))).toEqual([
    'talk.srt',
    'Talk of 3.5. hours.srt',
    'a.b.srt',
    '.hidden.srt',
    'talk.srt',
  ]);
});
