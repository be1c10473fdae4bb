import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { wordErrorRate, wordErrors } from '../support/word-alignment.ts';
import { WsClient } from '../support/ws-client.ts';

const spoken = clip('goforward');

onEveryDeployment((start) => {
  let server: Deployment;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  describe('the WebSocket of the seed protocol', () => {
    it('serves the plain Python client: 1,280-byte base64 chunks each 20 ms, then waiting for one final', async () => {
      await using client = await WsClient.open(server.wsUrl);
      const bytes = bytesOf(spoken.pcm16);
      for (let at = 0; at < bytes.length; at += 1_280) {
        client.json({ type: 'audio', session_id: 'python', chunk: bytes.subarray(at, at + 1_280).toString('base64') });
        await sleep(20);
      }
      const final = await client.until('final');
      expect(wordErrorRate(wordErrors(normaliseWords(spoken.text), normaliseWords(final.text)))).toBeLessThanOrEqual(
        25,
      );
      expect(final).toMatchObject({ session_id: 'python', confidence: expect.any(Number) });
      expect(new Date(final.timestamp).getTime()).toBeGreaterThan(Date.now() - 60_000);
      for (const message of client.messages) expect(['partial', 'final']).toContain(message.type);
    });

    it('serves the plain browser client: binary or base64 frames of a ScriptProcessor, new_text after what was shown', async () => {
      await using client = await WsClient.open(server.wsUrl, { session_id: 'browser' });
      const audio = joined(spoken.pcm16, silence(1));
      for (let at = 0; at < audio.length; at += 4_096) {
        client.raw(bytesOf(audio.subarray(at, at + 4_096)));
        await sleep(256 / 2);
      }
      await client.until('final');
      let shown = '';
      for (const { type, text, new_text } of client.messages) {
        if (type !== 'partial') continue;
        expect(text.endsWith(new_text)).toBe(true);
        if (text.startsWith(shown)) expect(new_text.trim()).toBe(text.slice(shown.length).trim());
        shown = text;
      }
      expect(shown).not.toBe('');
    });

    it('closes with 1000 after end and the last final', async () => {
      await using client = await WsClient.open(server.wsUrl);
      client.json({ type: 'config', session_id: 'orderly' });
      client.raw(bytesOf(spoken.pcm16));
      client.json({ type: 'end' });
      expect(await client.closed).toMatchObject({ code: 1000 });
      expect(client.of('final')).toHaveLength(1);
    });

    it('slows a client down that sends faster than real time, and gives it all its words', async () => {
      await using client = await WsClient.open(server.wsUrl);
      const sentence = clip('ljspeech-0001');
      const audio = joined(...Array.from({ length: 6 }, () => joined(sentence.pcm16, silence(0.7))));
      const bytes = bytesOf(audio);
      for (let at = 0; at < bytes.length; at += 64_000) client.raw(bytes.subarray(at, at + 64_000));
      client.json({ type: 'end' });
      expect(await client.closed).toMatchObject({ code: 1000 });
      const text = client.of('final').map((final) => final.text);
      const reference = Array.from({ length: 6 }, () => normaliseWords(sentence.text)).flat();
      expect(wordErrorRate(wordErrors(reference, normaliseWords(text.join(' '))))).toBeLessThan(10);
    }, 30_000);

    it('goes on with the same session after a broken connection', async () => {
      const first = await WsClient.open(server.wsUrl, { session_id: 'again' });
      first.raw(bytesOf(joined(spoken.pcm16, silence(1))));
      await first.until('final');
      first.break();
      await first.closed;
      await using second = await WsClient.open(server.wsUrl, { session_id: 'again' });
      second.raw(bytesOf(joined(spoken.pcm16, silence(1))));
      expect(await second.until('final')).toMatchObject({ session_id: 'again', sequence: 2 });
    });
  });
});
