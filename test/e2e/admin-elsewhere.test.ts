import { type AdminSession, StreamClient, VerbatimApi, type WatchedEvent } from '@verbatim/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { missingServers } from '../cluster/programs.ts';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';

const ADMIN_KEY = 'an-admin-key-of-some-length';
const spoken = joined(clip('goforward').pcm16, silence(1));
const missing = missingServers();

describe.skipIf(missing !== null)(missing === null ? 'an ingress' : `an ingress (${missing})`, () => {
  let cluster: Cluster;
  let here: string;
  let elsewhere: VerbatimApi;

  beforeAll(async () => {
    cluster = await Cluster.start({
      ...{ ingresses: 2, transcribers: 2, media: 0 },
      settings: { ADMIN_KEY, LOG_LEVEL: 'silent' },
    });
    const [first, second] = cluster.ingresses;
    here = first!.addresses.http!;
    elsewhere = new VerbatimApi({ server: second!.addresses.http!, adminKey: ADMIN_KEY });
  });
  afterAll(() => cluster?.stop());

  /** A session at the first ingress, and all that the second one shows of it. */
  const watchedElsewhere = async () => {
    const client = await StreamClient.open({ server: here });
    const finals: string[] = [];
    const reading = (async () => {
      for await (const event of client.events()) if (event.type === 'final') finals.push(event.text);
    })();
    const seen: WatchedEvent['event'][] = [];
    const watching = (async () => {
      for await (const { event } of elsewhere.watchSessions([client.sessionId])) seen.push(event);
    })();
    return { client, finals, seen, over: Promise.all([reading, watching]) };
  };

  const ownersIn = (seen: readonly WatchedEvent['event'][]): (string | null)[] =>
    seen.flatMap((event) => (event.type === 'state' ? event.session.owner : []));
  const listed = async (sessionId: string): Promise<AdminSession | undefined> =>
    (await elsewhere.adminSessions({ status: 'open' })).sessions.find((session) => session.sessionId === sessionId);

  it('shows a session behind another one, also while it moves from a transcriber that was killed', async () => {
    const { client, finals, seen, over } = await watchedElsewhere();
    await client.write(bytesOf(spoken));
    await expect.poll(() => seen.filter(({ type }) => type === 'final'), { timeout: 10_000 }).toHaveLength(1);
    const [owner] = ownersIn(seen);
    const doomed = cluster.transcribers.find(({ pid }) => owner?.endsWith(`-${pid}`));
    doomed!.kill('SIGKILL');
    await client.write(bytesOf(spoken));
    await expect.poll(() => seen.filter(({ type }) => type === 'final'), { timeout: 20_000 }).toHaveLength(2);
    client.end();
    await over;
    expect(seen.flatMap((event) => (event.type === 'final' ? event.text : []))).toEqual(finals);
    expect(seen.flatMap((event) => (event.type === 'final' ? event.sequence : []))).toEqual([1, 2]);
    const owners = new Set(ownersIn(seen).filter((name) => name !== null));
    expect(owners.size).toBe(2);
    expect(seen.find(({ type }) => type === 'moved')).toMatchObject({ epoch: 2 });
    expect(seen.at(-2)).toMatchObject({ type: 'state', session: { status: 'closed', closeReason: 'end_of_audio' } });
    expect(seen.at(-1)).toMatchObject({ type: 'closed', finals: 2 });
  }, 60_000);

  it('lists sessions while NATS does not answer', async () => {
    const { client, over } = await watchedElsewhere();
    await client.write(bytesOf(spoken));
    await expect.poll(async () => (await listed(client.sessionId))?.receivedMs).toBeGreaterThan(1_000);
    const nats = cluster.members.find(({ role }) => role === 'nats')!;
    nats.kill('SIGSTOP');
    try {
      const before = performance.now();
      expect(await listed(client.sessionId)).toMatchObject({ status: 'open', receivedMs: null });
      expect(performance.now() - before).toBeLessThan(3_000);
    } finally {
      nats.kill('SIGCONT');
    }
    client.end();
    await over;
  }, 30_000);
});
