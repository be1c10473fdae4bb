import { describe, expect, it } from 'vitest';
import { recordPartials } from './partial-ledger.ts';
import type { Heard } from './server-events.ts';

const times = { start_ms: 0, end_ms: 0 };
const partial = (text: string, stable = '', utterance = 1): Heard => ({
  at: 0,
  message: { type: 'partial', text, stable_chars: stable.length, utterance, ...times },
});
const final = (text: string, utterance = 1): Heard => ({
  at: 0,
  message: { type: 'final', text, utterance, reason: 'silence', ...times },
});

describe('recordPartials', () => {
  it('counts each word once when partials only grow', () => {
    const record = recordPartials([
      partial('ask'),
      partial('Ask not'),
      partial('ask not what'),
      final('Ask not what.'),
    ]);
    expect(record).toMatchObject({ partials: 3, wordsShown: 3, wordsRevised: 0 });
  });

  it('counts words that a partial or the final replaced or took away', () => {
    const record = recordPartials([partial('as not'), partial('ask not what'), final('ask not')]);
    expect(record).toMatchObject({ wordsShown: 4, wordsRevised: 2 });
  });

  it('counts words that only the final has neither as shown nor as revised', () => {
    expect(recordPartials([partial('go'), final('go forward')])).toMatchObject({ wordsShown: 1, wordsRevised: 0 });
  });

  it('sees a partial that takes back what was stable, also when the last partial called less stable', () => {
    const record = recordPartials([partial('ask not', 'ask'), partial('ask now'), partial('asked', '')]);
    expect(record.stableViolations).toBe(0);
    expect(recordPartials([partial('ask not', 'ask '), partial('asked')]).stableViolations).toBe(1);
    expect(
      recordPartials([partial('ask not', 'ask n'), partial('ask no', ''), partial('ask', '')]).stableViolations,
    ).toBe(1);
  });

  it('tells a final that departs from the stable part apart from a partial that does', () => {
    const record = recordPartials([partial('ask not', 'ask not'), final('Ask not')]);
    expect(record).toMatchObject({ stableViolations: 0, finalsAgainstStable: 1 });
  });

  it('starts anew with each utterance', () => {
    const record = recordPartials([partial('ask', 'ask', 1), final('ask', 1), partial('go', '', 2), final('go', 2)]);
    expect(record).toMatchObject({ wordsShown: 2, wordsRevised: 0, stableViolations: 0, finalsAgainstStable: 0 });
  });
});
