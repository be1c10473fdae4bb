import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeWithFfmpeg } from './ffmpeg-file.ts';
import { withSamplesIn } from './hostile-mp4.ts';
import { decoded, describeWithFfmpeg, limits, speech, TestFolder, tools, wavOf } from './testing.ts';

const wav = wavOf(speech('goforward'));
const picture = ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5:duration=1'];

describeWithFfmpeg('a hostile file', () => {
  let folder: TestFolder;
  /** Where a file that names an address leads. */
  let address: string;
  let calls = 0;
  const server = createServer((_, response) => {
    calls++;
    response.end(wav);
  });
  beforeAll(async () => {
    folder = new TestFolder();
    folder.make('secret.ts', wav);
    folder.write('secret.wav', wav);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret.wav`;
  });
  afterAll(() => {
    server.close();
    folder[Symbol.dispose]();
  });

  const options = () => ({ rawFormat: null, tools, limits, signal: new AbortController().signal });

  it.each<[string, (secret: string, address: string) => string]>([
    ['a.m3u8', (secret) => `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${secret}.ts\n#EXT-X-ENDLIST\n`],
    ['http.m3u8', (_, url) => `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${url}\n#EXT-X-ENDLIST\n`],
    ['playlist.mp3', (secret) => `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${secret}.ts\n#EXT-X-ENDLIST\n`],
    ['a.ffconcat', (secret) => `ffconcat version 1.0\nfile '${secret}.wav'\n`],
    ['concat.wav', (_, url) => `ffconcat version 1.0\nfile '${url}'\n`],
    ['a.sdp', () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n'],
    [
      'a.mpd',
      (_, url) =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
    ],
    ['a.srt', () => '1\n00:00:01,000 --> 00:00:02,000\nHello.\n'],
    ['a.asx', (_, url) => `<asx version="3.0"><entry><ref href="${url}"/></entry></asx>`],
    ['a.ffmeta', () => ';FFMETADATA1\ntitle=x\n'],
  ])('that names others is refused, by its look and by ffmpeg, and nobody is asked: %s', async (name, content) => {
    const path = folder.write(name, content(`${folder.path}/secret`, address));
    await expect(decoded(path)).rejects.toMatchObject({ code: 'undecodable_audio' });
    await expect(probeWithFfmpeg(path, options())).rejects.toMatchObject({ code: 'undecodable_audio' });
    expect(calls).toBe(0);
  });

  it('would be a way to others without the lists of what is allowed', () => {
    const path = folder.write('proof.ffconcat', `ffconcat version 1.0\nfile 'secret.wav'\n`);
    const bytes = execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 's16le', 'pipe:1'], { cwd: folder.path });
    expect(bytes.length).toBe(wav.length - 44);
  });

  it('of MP4 whose samples lie in another file is not followed there', async () => {
    const harmless = readFileSync(folder.make('a.mov', wavOf(new Int16Array(20_000)), ['-c:a', 'pcm_s16le']));
    const path = folder.write('dref.mov', withSamplesIn(harmless, `${folder.path}/secret.wav`));
    // ffmpeg would follow it if it were told to.
    const told = ['-enable_drefs', '1', '-use_absolute_path', '1'];
    const followed = execFileSync('ffmpeg', ['-v', 'error', ...told, '-i', path, '-f', 's16le', 'pipe:1']);
    expect(followed.includes(Buffer.from(wav.subarray(10_000, 11_000)))).toBe(true);
    await expect(decoded(path)).rejects.toMatchObject({ code: 'undecodable_audio' });
  });

  it.each([
    ['a PNG', 'a.png', ['-frames:v', '1']],
    ['a JPEG', 'a.jpg', ['-frames:v', '1']],
    ['a GIF', 'a.gif', []],
    ['a video without sound', 'a.mp4', []],
    ['a video without sound in WebM', 'a.webm', []],
  ])('of pictures only is refused: %s', async (_, name, args) => {
    const path = folder.make(name, null, [...picture, ...args]);
    const refusal = decoded(path);
    await expect(refusal).rejects.toMatchObject({ code: 'undecodable_audio', field: 'file' });
    await expect(refusal).rejects.toThrow(/: (it is an image|it has no sound)\.$/);
    await expect(probeWithFfmpeg(path, options())).rejects.toMatchObject({ code: 'undecodable_audio' });
  });

  it.each([
    ['empty', ''],
    ['random', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * i * 31 + i * 7) & 0xff))],
    ['text', 'only words\n'.repeat(100)],
    ['text of Windows', Buffer.from(`\ufeff${'only words\r\n'.repeat(100)}`, 'utf16le')],
  ])('of nothing that is audio is refused in a sentence, named as if it were: %s', async (name, content) => {
    const path = folder.write(`${name}.mp3`, content);
    await expect(decoded(path)).rejects.toThrow(/^No audio can be had from the file: .*[^.]\.$/);
    await expect(probeWithFfmpeg(path, options())).rejects.toMatchObject({ code: 'undecodable_audio' });
  });
});
