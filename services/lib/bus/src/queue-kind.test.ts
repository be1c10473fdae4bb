import { describe, expect, it } from 'vitest';
import { specOf } from './contract/bus-under-test.ts';
import { SESSIONS } from './queue-kind.ts';

describe('a session that waits for a transcriber', () => {
  it('asks for what it says, and for a transcription if an older door has offered it, which knew no tasks', () => {
    const { task: _, ...older } = specOf('s-1', 'whisper-base');
    expect(SESSIONS.schema.parse({ ...older, task: 'translate' }).task).toBe('translate');
    expect(SESSIONS.schema.parse(older)).toEqual({ ...older, task: 'transcribe' });
  });
});
