import { ClientError } from '@verbatim/client';
import { describe, expect, it } from 'vitest';
import { serverProblem } from './server-problem.ts';

describe('serverProblem', () => {
  it('says what to do about a server that is away, without its address', () => {
    const away = new ClientError('The server at ws://127.0.0.1:1 can’t be reached: no reason.');
    expect(serverProblem(away, false)).toMatch(/can’t be reached.*press Start again/);
    expect(serverProblem(away, false)).not.toMatch(/ws:/);
  });

  it('says what is missing where a connection did not come back', () => {
    expect(serverProblem(new ClientError('Lost.'), true)).toMatch(/since it was lost is not in the text/);
  });

  it('leaves what the server says as it is', () => {
    expect(serverProblem(new Error('No free slot. Try again in 10 s.'), false)).toBe(
      'No free slot. Try again in 10 s.',
    );
  });
});
