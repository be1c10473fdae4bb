import type { SessionEvent } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { type Admission, type AdmissionInput, nextAdmission } from './admission.ts';
import { type AttachmentInput, type AttachmentState, nextAttachment } from './attachment.ts';
import { FinalOrder } from './final-order.ts';
import { FlowControl } from './flow-control.ts';
import { FlushLedger } from './flush-ledger.ts';

const final = (sequence: number) =>
  ({
    type: 'final',
    sequence,
    utterance: sequence,
    text: 'x',
    confidence: 1,
    start: 0,
    end: 1,
    language: 'en',
    reason: 'silence',
  }) as const;

const progress = (finals: number): SessionEvent => ({
  type: 'progress',
  receivedSample: 0,
  decodedSample: 0,
  committedSample: 0,
  finals,
  marks: 0,
  lagSeconds: 0,
});

const closed = (finals: number): SessionEvent => ({ type: 'closed', reason: 'idle', audioSeconds: 0, finals });

describe('admission', () => {
  it.each<[Admission, AdmissionInput, Admission]>([
    ['waiting', { type: 'moved', epoch: 1 }, 'admitted'],
    ['waiting', { type: 'moved', epoch: 2 }, 'admitted'],
    ['waiting', progress(0), 'waiting'],
    ['waiting', closed(0), 'refused'],
    ['waiting', { type: 'wait_over' }, 'refused'],
    ['waiting', { type: 'feed_ended' }, 'refused'],
    ['admitted', { type: 'wait_over' }, 'admitted'],
    ['refused', { type: 'moved', epoch: 1 }, 'refused'],
  ])('from %s on %o is %s', (state, input, expected) => {
    expect(nextAdmission(state, input)).toBe(expected);
  });
});

describe('attachment', () => {
  it.each<[AttachmentState, AttachmentInput, AttachmentState, string]>([
    ['attached', 'disconnect', 'detached', 'open_window'],
    ['attached', 'end', 'ending', 'mark_end'],
    ['attached', 'window_over', 'attached', 'none'],
    ['attached', 'close', 'gone', 'shut_window'],
    ['detached', 'disconnect', 'detached', 'none'],
    ['detached', 'window_over', 'ending', 'mark_end'],
    ['detached', 'end', 'ending', 'mark_end'],
    ['detached', 'close', 'gone', 'shut_window'],
    ['ending', 'end', 'ending', 'none'],
    ['ending', 'disconnect', 'ending', 'none'],
    ['ending', 'window_over', 'ending', 'none'],
    ['ending', 'close', 'gone', 'shut_window'],
    ['gone', 'disconnect', 'gone', 'none'],
    ['gone', 'close', 'gone', 'none'],
  ])('from %s on %s is %s and does %s', (state, input, expected, action) => {
    expect(nextAttachment(state, input)).toEqual({ state: expected, action });
  });
});

describe('FinalOrder', () => {
  it.each([
    ['the next final', 2, final(3), 'deliver'],
    ['a final that was delivered', 2, final(2), 'drop'],
    ['a final past a hole', 2, final(4), 'fill'],
    ['a count that agrees', 2, progress(2), 'deliver'],
    ['a count that is behind', 2, progress(1), 'deliver'],
    ['a count that is ahead', 2, progress(3), 'fill'],
    ['a close that counts more finals', 2, closed(3), 'fill'],
    ['a close that counts the same', 2, closed(2), 'deliver'],
  ] as const)('on %s', (_name, delivered, event, step) => {
    expect(new FinalOrder(delivered).step(event)).toBe(step);
  });

  it('accepts each final once and only in order', () => {
    const order = new FinalOrder(0);
    expect([1, 1, 3, 2, 3, 2].map((sequence) => order.accept(final(sequence)))).toEqual([
      ...[true, false, false, true, true, false],
    ]);
    expect(order.delivered).toBe(3);
  });
});

describe('FlowControl', () => {
  const SECOND = 16_000;

  it.each([
    ['block', 5 * SECOND, 0, true, false],
    ['block', 5 * SECOND - 1, 1, true, true],
    ['block', 0, 5 * SECOND + 1, false, true],
    ['block', SECOND, 4 * SECOND, true, true],
    ['drop_oldest', 9 * SECOND, 9 * SECOND, true, false],
  ] as const)(
    'under %s with %i samples logged and %i queued: may send %s, may log %s',
    (policy, logged, queued, send, log) => {
      const flow = new FlowControl(policy, 5, 0);
      flow.queued(logged + queued);
      flow.logged(logged, logged);
      expect([flow.maySend, flow.mayLog]).toEqual([send, log]);
    },
  );

  it('drops only what is over half a window in the queue, and never under block', () => {
    for (const [policy, excess] of [
      ['block', 0],
      ['drop_oldest', SECOND],
    ] as const) {
      const flow = new FlowControl(policy, 4, 0);
      flow.queued(3 * SECOND);
      expect(flow.excess).toBe(excess);
    }
  });

  it('keeps an outage of twelve seconds under drop_oldest, and drops again only when the backlog has drained', () => {
    const flow = new FlowControl('drop_oldest', 4, 0);
    flow.stalled();
    flow.queued(12 * SECOND);
    expect(flow.excess).toBe(0);
    flow.queued(SECOND);
    expect(flow.excess).toBe(SECOND);
    flow.dropped(SECOND);
    flow.logged(6 * SECOND, 6 * SECOND);
    flow.queued(SECOND);
    expect(flow.excess).toBe(0);
    flow.logged(7 * SECOND, 13 * SECOND);
    flow.queued(3 * SECOND);
    expect(flow.excess).toBe(SECOND);
  });

  it('lets audio on as the owner decodes, and holds it back again when a new owner starts further behind', () => {
    const flow = new FlowControl('block', 1, 0);
    flow.queued(SECOND);
    flow.logged(SECOND, SECOND);
    expect(flow.mayLog).toBe(false);
    flow.decoded(SECOND);
    expect(flow.mayLog).toBe(true);
    flow.decoded(0);
    expect(flow.mayLog).toBe(false);
  });
});

describe('FlushLedger', () => {
  it('answers each request once, and refuses an id that waits', () => {
    const ledger = new FlushLedger();
    expect([ledger.ask('a'), ledger.ask('a')]).toEqual([true, false]);
    expect(ledger.placed('a', 1)).toEqual([]);
    expect([ledger.answer('a', 1), ledger.answer('a', 1)]).toEqual([['a'], []]);
    expect(ledger.ask('a')).toBe(true);
    expect(ledger.placed('a', 2)).toEqual([]);
    expect([ledger.answer('a', 1), ledger.answer('a', 2)]).toEqual([[], ['a']]);
    expect(ledger.asked).toEqual([]);
  });

  it('takes an answer that comes before the log has said where the request is', () => {
    const ledger = new FlushLedger();
    ledger.ask('a');
    expect(ledger.answer('a', 1)).toEqual(['a']);
    expect(ledger.placed('a', 1)).toEqual([]);
  });

  it('answers in their order the requests whose answers were lost, by a later answer or by progress', () => {
    const ledger = new FlushLedger();
    for (const [id, mark] of [
      ['a', 1],
      ['b', 3],
      ['c', 4],
      ['d', 6],
    ] as const) {
      ledger.ask(id);
      ledger.placed(id, mark);
    }
    expect(ledger.answer('b', 3)).toEqual(['a', 'b']);
    expect(ledger.answeredUpTo(5)).toEqual(['c']);
    expect(ledger.answer('c', 4)).toEqual([]);
    ledger.ask('late');
    expect(ledger.placed('late', 5)).toEqual(['late']);
    expect(ledger.asked).toEqual([{ requestId: 'd', mark: 6 }]);
  });

  it('goes on where the last door was', () => {
    const ledger = new FlushLedger({ asked: [{ requestId: 'a', mark: 4 }], answered: 3 });
    expect(ledger.ask('a')).toBe(false);
    expect(ledger.answer('old', 3)).toEqual([]);
    expect(ledger.answer('elsewhere', 5)).toEqual(['a', 'elsewhere']);
  });

  it('is full with a hundred requests that wait', () => {
    const ledger = new FlushLedger();
    for (let i = 0; i < 100; i++) {
      expect(ledger.full).toBe(false);
      ledger.ask(String(i));
    }
    expect(ledger.full).toBe(true);
  });
});
