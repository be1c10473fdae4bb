import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boolean, ConfigError, choice, describeConfig, duration, integer, maskValue, port, readConfig } from './env.ts';

const mistakes = (schema: z.ZodType, env: Record<string, string>): readonly string[] => {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

const one = (type: z.ZodType, value: string): unknown => {
  const schema = z.object({ X: type });
  const found = mistakes(schema, { X: value });
  return found.length > 0 ? found[0] : (readConfig(schema, { X: value }) as { X: unknown }).X;
};

describe('readConfig', () => {
  it('names every wrong variable on a line of its own, with its value and what is allowed', () => {
    const schema = z.object({ PORT: port(), WORKERS: integer({ min: 1, max: 4 }), NAME: z.string() });
    expect(() => readConfig(schema, { PORT: 'abc', WORKERS: '9', NAME: 'x' })).toThrow(
      'PORT is "abc"; it must be a port number from 1 to 65535, or 0 for any free port.\n' +
        'WORKERS is "9"; it must be a whole number from 1 to 4.',
    );
  });

  it('takes an empty or blank variable for one that is not set', () => {
    const schema = z.object({ PORT: port().default(8000), NAME: z.string().optional() });
    expect(readConfig(schema, { PORT: '', NAME: '  ' })).toEqual({ PORT: 8000 });
  });

  it('says that a needed variable is not set', () => {
    const schema = z.object({ REDIS_URL: z.string('must be the address of a Redis server') });
    expect(mistakes(schema, {})).toEqual(['REDIS_URL is not set; it must be the address of a Redis server.']);
  });

  it('shows no secret in a mistake', () => {
    const schema = z.object({ API_TOKEN: choice(['a']), REDIS_URL: choice(['b']) });
    const lines = mistakes(schema, { API_TOKEN: 'hunter2', REDIS_URL: 'redis://me:hunter2@db:6379' }).join();
    expect(lines).toContain('API_TOKEN is "***"');
    expect(lines).toContain('redis://me:***@db:6379');
    expect(lines).not.toContain('hunter2');
  });
});

describe('the helpers', () => {
  it.each([
    ['0', 0],
    ['65535', 65535],
    ['65536', expect.stringContaining('must be a port number')],
    ['-1', expect.stringContaining('must be a port number')],
    ['80.5', expect.stringContaining('must be a port number')],
    ['0x50', expect.stringContaining('must be a port number')],
  ])('read the port %s', (text, expected) => expect(one(port(), text)).toEqual(expected));

  it.each([
    ['true', true],
    ['YES', true],
    ['1', true],
    ['off', false],
    ['0', false],
    ['maybe', 'X is "maybe"; it must be true or false.'],
    ['constructor', 'X is "constructor"; it must be true or false.'],
  ])('read the boolean %s', (text, expected) => expect(one(boolean(), text)).toEqual(expected));

  it.each([
    ['250', 250],
    ['250.5', 'X is "250.5"; it must be a whole number of milliseconds from 100 to 500.'],
    ['99', expect.stringContaining('from 100 to 500')],
    ['1e2', expect.stringContaining('from 100 to 500')],
    ['Infinity', expect.stringContaining('from 100 to 500')],
  ])('read the duration %s in milliseconds', (text, expected) =>
    expect(one(duration('ms', { min: 100, max: 500 }), text)).toEqual(expected),
  );

  it('read a duration in seconds with a fraction', () => {
    expect(one(duration('s', { min: 1, max: 60 }), '2.5')).toBe(2.5);
  });

  it('read a word in any case', () => {
    expect(one(choice(['info', 'warn']), 'WARN')).toBe('warn');
    expect(one(choice(['info', 'warn']), 'loud')).toBe('X is "loud"; it must be one of info, warn.');
  });
});

describe('describeConfig', () => {
  it('masks secrets by name and passwords in addresses, and leaves the rest', () => {
    expect(
      describeConfig({ PORT: 8000, API_KEY: 'k', NATS_URL: 'nats://u:p@host:4222', MAX_SESSIONS: undefined }),
    ).toEqual({ PORT: 8000, API_KEY: '***', NATS_URL: 'nats://u:***@host:4222', MAX_SESSIONS: undefined });
  });
});

describe('masking', () => {
  it.each(['NATS_PASSWORD', 'NATS_TOKEN', 'NATS_NKEY_SEED', 'NATS_TLS_KEY', 'REDIS_PASSWORD', 'API_KEY'])(
    'hides all of %s',
    (name) => expect(maskValue(name, 'hunter2')).toBe('***'),
  );

  it.each([
    ['nats://u:hunter2@a:4222', 'nats://u:***@a:4222'],
    ['nats://a:4222,nats://u:hunter2@b:4222', 'nats://a:4222,nats://u:***@b:4222'],
    ['nats://u:hunter2@a,tls://v:hunter2@b', 'nats://u:***@a,tls://v:***@b'],
    ['nats://hunter2@a:4222', 'nats://***@a:4222'],
    ['u:hunter2@a:4222', 'u:***@a:4222'],
    ['a:4222, u:hunter2@b:4222', 'a:4222, u:***@b:4222'],
    ['a:4222,u:hunter2@b:4222', 'a:***@b:4222'],
    ['redis://:hunter2@db:6379/0', 'redis://:***@db:6379/0'],
    ['redis://u:hun@ter2@db:6379', 'redis://u:***@db:6379'],
    ['rediss://u:hunt/er2@db:6379', 'rediss://u:***@db:6379'],
    ['redis://db:6379?password=hunter2&db=1', 'redis://db:6379?password=***&db=1'],
    ['redis://db:6379/0', 'redis://db:6379/0'],
    ['nats://[::1]:4222,b:4222', 'nats://[::1]:4222,b:4222'],
  ])('shows the address %s as %s', (address, shown) => {
    expect(maskValue('NATS_URL', address)).toBe(shown);
  });

  it('hides the passwords of a list that was read, and no more', () => {
    expect(maskValue('NATS_URL', ['nats://a:4222', 'nats://u:hunter2@b:4222'])).toEqual([
      'nats://a:4222',
      'nats://u:***@b:4222',
    ]);
    expect(maskValue('VERBATIM_CACHE_DIR', '/models/@me:here/a@b')).toBe('/models/@me:here/a@b');
    expect(maskValue('NATS_CREDS_FILE', '/run/nats.creds')).toBe('/run/nats.creds');
  });
});
