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
    expect(sniff(Buffer.from(utf16('words')).swap16())).toEqual({ type: 'other', name: 'a text file' });
  });

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
