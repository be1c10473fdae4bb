import { normaliseWords } from '../support/normalise-words.ts';
import { align } from '../support/word-alignment.ts';
import type { Heard, PartialMessage } from './server-events.ts';

/** How steady the partials of some sessions were. */
export interface PartialRecord {
  readonly partials: number;
  /** Words that partials showed, each counted when it first appeared. */
  readonly wordsShown: number;
  /** Of them, those that a later partial or the final replaced or took away; case and punctuation do not count. */
  readonly wordsRevised: number;
  /** Partials that do not begin with what an earlier partial of their utterance called stable. */
  readonly stableViolations: number;
  /** Finals that do not begin with the stable part of their last partial. */
  readonly finalsAgainstStable: number;
}

interface OpenUtterance {
  readonly id: number;
  readonly words: readonly string[];
  readonly stable: string;
}

/** Reads one session's messages in order and keeps the record of its partials. */
export function recordPartials(heard: readonly Heard[]): PartialRecord {
  const record = { partials: 0, wordsShown: 0, wordsRevised: 0, stableViolations: 0, finalsAgainstStable: 0 };
  let open: OpenUtterance = { id: 0, words: [], stable: '' };
  for (const { message } of heard) {
    if (message.type !== 'partial' && message.type !== 'final') continue;
    if (message.utterance !== open.id) open = { id: message.utterance, words: [], stable: '' };
    const words = normaliseWords(message.text);
    const { kept, added } = compare(open.words, words);
    record.wordsRevised += open.words.length - kept;
    const breaksStable = !message.text.startsWith(open.stable);
    if (message.type === 'final') {
      if (breaksStable) record.finalsAgainstStable++;
      open = { id: 0, words: [], stable: '' };
    } else {
      record.partials++;
      record.wordsShown += added;
      if (breaksStable) record.stableViolations++;
      open = { id: message.utterance, words, stable: longer(open.stable, stablePart(message)) };
    }
  }
  return record;
}

export function addRecords(records: readonly PartialRecord[]): PartialRecord {
  const total = { partials: 0, wordsShown: 0, wordsRevised: 0, stableViolations: 0, finalsAgainstStable: 0 };
  for (const record of records) {
    total.partials += record.partials;
    total.wordsShown += record.wordsShown;
    total.wordsRevised += record.wordsRevised;
    total.stableViolations += record.stableViolations;
    total.finalsAgainstStable += record.finalsAgainstStable;
  }
  return total;
}

function compare(before: readonly string[], after: readonly string[]): { kept: number; added: number } {
  const kept = align(before, after).filter(({ reference, hypothesis }) => reference === hypothesis).length;
  return { kept, added: after.length - kept };
}

const stablePart = ({ text, stable_chars }: PartialMessage): string => text.slice(0, stable_chars);
const longer = (a: string, b: string): string => (b.length > a.length ? b : a);
