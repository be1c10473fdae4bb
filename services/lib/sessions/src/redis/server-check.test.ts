import { describe, expect, it } from 'vitest';
import { judgeServer, parseInfo } from './server-check.ts';

describe('what a server says of itself', () => {
  const judge = (info: string) => judgeServer(parseInfo(info));

  it.each(['6.2.0', '7.0.15', '8.10.1', '10.0.0'])('is good enough with version %s', (version) => {
    expect(judge(`# Server\r\nredis_version:${version}\r\nloading:0\r\n`)).toEqual({ usable: true });
  });

  it.each(['5.0.14', '6.0.16', '4.0.0'])('is too old with version %s', (version) => {
    const detail = `Redis ${version} is too old: 6.2 or later is needed`;
    expect(judge(`redis_version:${version}\r\n`)).toEqual({ usable: false, detail });
  });

  it('tells that it loads its data', () => {
    expect(judge('redis_version:7.0.0\r\nloading:1\r\n')).toEqual({
      usable: false,
      detail: 'Redis is loading its data',
    });
  });

  it('is taken as good when it names no version', () => {
    expect(judge('')).toEqual({ usable: true });
  });
});
