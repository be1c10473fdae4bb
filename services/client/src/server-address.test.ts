import { describe, expect, it } from 'vitest';
import { ClientError } from './client-error.ts';
import { serverAddress } from './server-address.ts';

describe('a server address', () => {
  it.each([
    ['ws://localhost:8000', 'ws://localhost:8000/v1/stt/stream?events=all', 'http://localhost:8000/'],
    ['http://host/', 'ws://host/v1/stt/stream?events=all', 'http://host/'],
    ['https://host', 'wss://host/v1/stt/stream?events=all', 'https://host/'],
    ['wss://host/v1/stt/stream', 'wss://host/v1/stt/stream?events=all', 'https://host/'],
    ['https://host/speech/', 'wss://host/speech/v1/stt/stream?events=all', 'https://host/speech/'],
    ['ws://host/a/v1/stt/stream?k=1#top', 'ws://host/a/v1/stt/stream?k=1&events=all', 'http://host/a/'],
  ])('%s leads to its doors', (server, stream, rest) => {
    for (const given of [server, new URL(server)]) {
      const address = serverAddress(given);
      expect([address.stream.href, address.rest.href]).toEqual([stream, rest]);
    }
  });

  it.each(['localhost:8000', 'ftp://host', '', 'ws://', 'null'])('"%s" is none', (text) => {
    expect(() => serverAddress(text)).toThrow(ClientError);
  });
});
