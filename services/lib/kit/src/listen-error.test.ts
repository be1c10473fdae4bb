import { describe, expect, it } from 'vitest';
import { listenError } from './listen-error.ts';

const target = { host: '127.0.0.1', port: 8000, variable: 'PORT' };
const withCode = (code: string) => Object.assign(new Error('listen failed'), { code });

describe('an error of a server that failed to listen', () => {
  it.each([
    [withCode('EADDRINUSE'), 'Port 8000 is in use: stop the other program or set PORT.'],
    [withCode('EACCES'), 'Port 8000 needs more rights than this user has: set PORT to a port above 1023.'],
    [
      withCode('EADDRNOTAVAIL'),
      '127.0.0.1 is not an address of this machine: set HOST to one that is, or leave it unset.',
    ],
    [
      withCode('ENOTFOUND'),
      '127.0.0.1 is no known host name: set HOST to an address of this machine, or leave it unset.',
    ],
    [
      new Error('No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use]'),
      'Port 8000 is in use: stop the other program or set PORT.',
    ],
    [new Error('odd'), "Can't listen on 127.0.0.1 port 8000 (PORT): odd"],
    ['odd', "Can't listen on 127.0.0.1 port 8000 (PORT): odd"],
  ])('%s becomes one sentence', (error, sentence) => {
    const result = listenError(error, target);
    expect(result.message).toBe(sentence);
    expect(result.cause).toBe(error);
  });
});
