import { StreamClient, VerbatimApi, type WatchedEvent } from '@verbatim/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const ADMIN_KEY = 'an-admin-key-of-some-length';
const spoken = joined(clip('goforward').pcm16, silence(1), clip('ljspeech-0004').pcm16);

describe('what operators see', () => {
  onEveryDeployment((startDeployment) => {
    let server: Deployment;

    beforeAll(async () => {
      server = await startDeployment({ ADMIN_KEY });
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    it('is a session while it is spoken: who has it, how far it is, and each final once', async () => {
      const admin = new VerbatimApi({ server: server.httpUrl, adminKey: ADMIN_KEY });
      await using session = await open(server);
      const { sessions } = await admin.adminSessions({ status: 'open' });
      const listed = sessions.find(({ sessionId }) => sessionId === session.client.sessionId);
      expect(listed).toMatchObject({
        status: 'open',
        kind: 'live',
        tenant: 'default',
        epoch: 1,
        model: 'moonshine-tiny',
      });
      expect(listed?.owner).toMatch(/\w/);
      const watched: WatchedEvent['event'][] = [];
      const watching = (async () => {
        for await (const { event } of admin.watchSessions([session.client.sessionId, 'no-such-session'])) {
          watched.push(event);
        }
      })();
      await session.client.write(bytesOf(spoken));
      session.client.end();
      const finals = await session.finals;
      await watching;
      expect(watched.filter(({ type }) => type === 'final')).toEqual(finals);
      expect(watched.filter(({ type }) => type === 'closed')).toHaveLength(2);
      expect(watched.some((event) => event.type === 'progress' && event.receivedSample > 16_000)).toBe(true);
      const closed = await admin.adminSessions({ status: 'closed' });
      expect(closed.sessions.map(({ sessionId }) => sessionId)).toContain(session.client.sessionId);
    }, 30_000);

    it('is for who has the key', async () => {
      for (const adminKey of [undefined, 'another-key-of-some-length']) {
        const api = new VerbatimApi({ server: server.httpUrl, ...(adminKey !== undefined && { adminKey }) });
        await expect(api.adminSessions({})).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
      }
      const { headers } = await fetch(`${server.httpUrl}/v1/admin/sessions`);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    });
  });
});

/** A session and, once it is closed, its finals. */
async function open({ httpUrl }: Deployment) {
  const client = await StreamClient.open({ server: httpUrl });
  const finals = (async () => {
    const all = [];
    for await (const event of client.events()) if (event.type === 'final') all.push(event);
    return all;
  })();
  return { client, finals, [Symbol.asyncDispose]: () => client.abandon() };
}
