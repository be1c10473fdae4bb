import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniff } from './sniff.ts';
import { formatOf } from './testing.ts';
import { writeWav } from './wav/write-wav.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('what a file is by its first bytes', () => {
  it.each([
    ['WAV', writeWav(formatOf('linear16'), new Uint8Array(20))],
    ['RF64', latin1('RF64\xff\xff\xff\xffWAVEds64')],
    ['BW64', latin1('BW64\xff\xff\xff\xffWAVEds64')],
    ['WAV whose size has line breaks in it', latin1('RIFF\n\r\n\rWAVEfmt ')],
  ])('is a WAV file: %s', (_, head) => {
    expect(sniff(head)).toEqual({ type: 'wav' });
  });

  it.each([
    ['ID3\x04\0\0', 'an MP3 file'],
    ['\xff\xfb\x90\x64', 'an MP3 file'],
    ['\xff\xf1\x50\x80', 'an AAC file'],
    ['\0\0\0\x20ftypM4A ', 'an MP4 or M4A file'],
    ['\0\0\0\x20ftypqt  ', 'an MP4 or M4A file'],
    ['\0\0\0\x08wide', 'a QuickTime file'],
    ['\x1a\x45\xdf\xa3', 'a WebM or Matroska file'],
    ['RIFF\0\0\0\0AVI LIST', 'an AVI video'],
    ['#!AMR-WB\n', 'an AMR file'],
    ['wvpk\0\0', 'a WavPack file'],
    ['TTA1', 'a True Audio file'],
    ['riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb', 'a Wave64 file'],
    [`G${'\0'.repeat(187)}G`, 'an MPEG transport stream'],
  ])('is media: %j', (head, name) => {
    expect(sniff(latin1(head))).toEqual({ type: 'media', name });
  });

  it.each([
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04\x14\0', 'a ZIP archive'],
    ['\x89PNG\r\n\x1a\n', 'an image'],
    ['\xff\xd8\xff\xe0', 'an image'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'an image'],
    ['\0\0\0\x20ftypavif', 'an image'],
    ['<!DOCTYPE html><html>', 'an HTML page'],
    ['#EXTM3U\n#EXTINF:1,\n/etc/passwd\n', 'a playlist'],
    ["ffconcat version 1.0\nfile '/etc/passwd'\n", 'a text file'],
    ['1\r\n00:00:01,000 --> 00:00:02,000\r\nHello.\r\n', 'a text file'],
  ])('is something else: %j', (head, name) => {
    expect(sniff(latin1(head))).toEqual({ type: 'other', name });
  });

  it('is text in any alphabet, also where the last character is cut', () => {
    const text = Buffer.from('Ничего, кроме слов. '.repeat(10));
    for (const cut of [0, 1])
      expect(sniff(text.subarray(0, 100 + cut))).toEqual({ type: 'other', name: 'a text file' });
  });

  it.each<[string, (text: string) => Uint8Array]>([
    ['Windows', utf16],
    ['big-endian', (text) => Buffer.from(utf16(text)).swap16()],
  ])('is text in UTF-16, although its mark looks like the sync of MPEG audio: %s', (_, encode) => {
    expect(sniff(encode('1\r\n00:00:01,000 --> 00:00:02,000\r\nПривет.\r\n'))).toEqual({
      type: 'other',
      name: 'a text file',
    });
    expect(sniff(encode('words').subarray(0, -1))).toEqual({ type: 'other', name: 'a text file' });
    expect(sniff(encode('#EXTM3U\nhttp://localhost/a.ts\n'))).toEqual({ type: 'other', name: 'a playlist' });
  });

  it('is MPEG audio where what follows the mark of UTF-16 is no text', () => {
    // Layer I at 32 kbit/s and 44.1 kHz: every third byte is no more than a small number.
    const frames = Uint8Array.from({ length: 400 }, (_, i) => [0xff, 0xfe, 0x10, 0x00, (i * 89) & 0xff][i % 5]!);
    expect(sniff(frames)).toEqual({ type: 'media', name: 'an MP3 file' });
  });

  it.each(['MZ', '\x1f\x8b', 'PK', 'BM'])(
    'is never something else by two bytes, with which cut audio may begin: %j',
    (bytes) => {
      expect(sniff(latin1(`${bytes}\xff\xfb\x90\x64\0`))).toEqual({ type: 'unknown' });
    },
  );

  it('is not known where nothing tells', () => {
    expect(sniff(new Uint8Array(0))).toEqual({ type: 'unknown' });
    expect(sniff(Uint8Array.of(0, 1, 2, 3, 200, 7))).toEqual({ type: 'unknown' });
  });

  it('is something, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (head) => {
        expect(['wav', 'media', 'other', 'unknown']).toContain(sniff(head).type);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
