import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './address.ts';

describe('a Redis URL', () => {
  const none = { username: undefined, password: undefined, master: '', db: 0 };

  it.each([
    ['redis://cache', { ...none, mode: 'single', tls: false, hosts: [{ host: 'cache', port: 6379 }] }],
    ['rediss://cache:7000/2', { ...none, mode: 'single', tls: true, hosts: [{ host: 'cache', port: 7000 }], db: 2 }],
    [
      'redis://stt:p%40ss%3A%2F@[::1]:6380/',
      {
        ...none,
        mode: 'single',
        tls: false,
        hosts: [{ host: '::1', port: 6380 }],
        username: 'stt',
        password: 'p@ss:/',
      },
    ],
    [
      'redis://:secret@cache',
      { ...none, mode: 'single', tls: false, hosts: [{ host: 'cache', port: 6379 }], password: 'secret' },
    ],
    [
      'redis+sentinel://u:p@s1,s2:26380/mymaster/3',
      {
        mode: 'sentinel',
        tls: false,
        hosts: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26380 },
        ],
        master: 'mymaster',
        db: 3,
        username: 'u',
        password: 'p',
      },
    ],
    [
      'rediss+cluster://n1:7000,n2:7001',
      {
        ...none,
        mode: 'cluster',
        tls: true,
        hosts: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 7001 },
        ],
      },
    ],
  ])('is taken apart: %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ['localhost:6379', 'has no scheme'],
    ['', 'has no scheme'],
    ['http://u:secret@cache', 'starts with "http://"'],
    ['redis+socket://x', 'starts with "redis+socket://"'],
    ['redis://', 'names no host'],
    ['redis://cache:99999', 'names port 99999'],
    ['redis://u:secret@ca che', 'has a host that cannot be read'],
    ['redis://a,b', 'names several hosts'],
    ['redis://cache/one', 'names a database that is not a number'],
    ['redis://user@cache', 'names a user without a password'],
    ['redis://:100%secret@cache', 'has a "%" that starts no escape'],
    ['redis://:secret@cache?db=1', 'has a part that is not known'],
    ['redis+sentinel://s1,s2', 'does not name the master'],
    ['redis+cluster://n1/1', 'names a database, but a cluster has only one'],
  ])('is refused with a sentence that says what works: %s', (url, what) => {
    const parse = () => parseRedisUrl(url);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_argument', field: 'redis_url' }));
    expect(parse).toThrow(what);
    expect(parse).toThrow('redis+sentinel://[user:password@]host1:26379,host2:26379/master-name[/db]');
    expect(parse).not.toThrow('secret');
  });
});
