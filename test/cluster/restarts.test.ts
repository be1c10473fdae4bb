import { ManualClock } from '@verbatim/contracts/testing';
import { expect, it } from 'vitest';
import type { Member } from './member.ts';
import { Restarts } from './restarts.ts';

/** A member whose end the test decides. */
function mortal(name: string, pid: number) {
  let die: (code: number | null) => void = () => {};
  const exited = new Promise<number | null>((resolve) => {
    die = resolve;
  });
  const member: Member = { name, role: 'ingress', pid, addresses: {}, alive: true, state: 'ready', exited, kill() {} };
  return { member, die };
}

function setUp(restart = true) {
  const clock = new ManualClock();
  const said: string[] = [];
  const restarted: string[] = [];
  let pid = 100;
  const cluster = {
    async restart(name: string) {
      restarted.push(name);
      return mortal(name, ++pid).member;
    },
  };
  const restarts = new Restarts({ cluster, restart, say: (sentence) => said.push(sentence), clock });
  return { clock, said, restarted, restarts };
}

it('starts a member that died again, after a wait', async () => {
  const { clock, said, restarted, restarts } = setUp();
  const { member, die } = mortal('ingress-1', 7);
  restarts.look([member]);
  restarts.look([member]);
  die(null);
  await expect.poll(() => said).toEqual(['ingress-1 (process 7) was killed; it is started again in 0.5 s.']);
  await clock.advance(499);
  expect(restarted).toEqual([]);
  await clock.advance(1);
  await expect.poll(() => said[1]).toBe('ingress-1 is back as process 101.');
  expect(restarted).toEqual(['ingress-1']);
});

it('only tells of a death where that is wished', async () => {
  const { clock, said, restarted, restarts } = setUp(false);
  const { member, die } = mortal('ingress-1', 7);
  restarts.look([member]);
  die(1);
  await expect.poll(() => said).toEqual(['ingress-1 (process 7) ended with code 1.']);
  await clock.advance(60_000);
  expect(restarted).toEqual([]);
});

it('lets members end when all is over', async () => {
  const { clock, said, restarted, restarts } = setUp();
  const [first, second] = [mortal('ingress-1', 7), mortal('ingress-2', 8)];
  restarts.look([first.member, second.member]);
  first.die(0);
  await expect.poll(() => said).toHaveLength(1);
  restarts.end();
  second.die(0);
  await second.member.exited;
  await clock.advance(60_000);
  expect({ said: said.length, restarted }).toEqual({ said: 1, restarted: [] });
});
