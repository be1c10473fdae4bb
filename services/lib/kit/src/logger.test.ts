import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const capture = (isTTY = false) => {
  let written = '';
  const to = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        written += String(chunk);
        done();
      },
    }),
    { isTTY },
  );
  return { to, written: () => written };
};

describe('the logger', () => {
  it('writes one JSON object a line where there is no terminal', () => {
    const { to, written } = capture();
    createLogger({ level: 'info', name: 'standalone', to }).info({ session: 's-1' }, 'opened');
    expect(JSON.parse(written())).toMatchObject({ level: 'info', name: 'standalone', session: 's-1', msg: 'opened' });
  });

  it('writes readable lines on a terminal', async () => {
    const { to, written } = capture(true);
    createLogger({ level: 'info', name: 'standalone', to }).warn('careful');
    await expect.poll(written).toContain('careful');
    expect(written()).not.toMatch(/^\{/);
  });

  it('keeps lines below its level to itself', () => {
    const { to, written } = capture();
    createLogger({ level: 'warn', name: 'x', to }).info('quiet');
    expect(written()).toBe('');
  });

  it('lets neither transcripts nor audio through, at any depth and in bindings', () => {
    const { to, written } = capture();
    const logger = createLogger({ level: 'info', name: 'x', to });
    const event = { type: 'final', text: 'my secret', words: [{ text: 'secret' }], sequence: 3 };
    const child = logger.child({ session: 's-1', event });
    child.info({ event, events: [event], new_text: 'secret', nested: { a: { transcript: 'secret' } } }, 'committed');
    child.info({ buffer: Buffer.from('secret'), samples: new Int16Array(800), pcm16: [1, 2] }, 'received');
    expect(written()).not.toContain('secret');
    const [first, second] = written()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ event: { type: 'final', sequence: 3 }, events: [{ sequence: 3 }] });
    expect(second).toMatchObject({ buffer: '[6 bytes]', samples: '[1600 bytes]' });
    expect(second).not.toHaveProperty('pcm16');
  });

  it('keeps an error with its cause', () => {
    const { to, written } = capture();
    const err = new Error('outer', { cause: new Error('inner') });
    createLogger({ level: 'info', name: 'x', to }).error({ err }, 'failed');
    expect(JSON.parse(written())).toMatchObject({ err: { message: expect.stringContaining('outer') } });
    expect(written()).toContain('inner');
  });

  it('holds back what comes again and again, also from children, and neither other errors nor news', () => {
    const { to, written } = capture();
    const logger = createLogger({ level: 'info', name: 'x', to });
    for (let i = 0; i < 30; i++) {
      logger.child({ sessionId: `s-${i}` }).warn({ err: new Error('away') }, 'not stored');
      logger.info({ sessionId: `s-${i}` }, 'session closed');
    }
    logger.warn({ err: new TypeError('odd') }, 'not stored');
    const said = written()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(said.filter((msg) => msg === 'not stored')).toHaveLength(11);
    expect(said.filter((msg) => msg === 'session closed')).toHaveLength(30);
  });
});
