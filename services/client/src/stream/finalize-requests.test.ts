import { expect, it } from 'vitest';
import { FinalizeRequests } from './finalize-requests.ts';

it('finalize requests are sent in order, each at its place', () => {
  const requests = new FinalizeRequests();
  expect(requests.nextPosition).toBeNull();
  requests.add('a', 10);
  requests.add('b', 20);
  expect(requests.nextPosition).toBe(10);
  requests.send();
  expect(requests.nextPosition).toBe(20);
});

it('a finalize request is answered once, by whichever of its names is answered first', () => {
  const requests = new FinalizeRequests();
  requests.add('a', 10);
  const first = requests.send();
  requests.forgetSent();
  expect(requests.nextPosition).toBe(10);
  const second = requests.send();
  expect([requests.answer('nobody'), requests.answer(first), requests.answer(second)]).toEqual([null, 'a', null]);
});

it('two finalize requests of the same name are two', () => {
  const requests = new FinalizeRequests();
  requests.add('a', 10);
  requests.add('a', 20);
  expect([requests.send(), requests.send()].map((wireId) => requests.answer(wireId))).toEqual(['a', 'a']);
});
