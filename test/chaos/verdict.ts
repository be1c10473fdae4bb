import { type FinalEvent, heardOf } from './client-event.ts';
import { type Difference, differences, type Repeats } from './reference.ts';
import type { SessionResult } from './resuming-client.ts';

/** What is to be said about one session. */
export interface Verdict {
  /** Sentences; none: the session passed. */
  readonly problems: readonly string[];
  /** Against the undisturbed sessions, excused ones and those of place only included. */
  readonly differences: readonly Difference[];
}

/** Judges a session by what its client saw; without repeats, its text is not judged. */
export function judge({ heard, failure }: Pick<SessionResult, 'heard' | 'failure'>, repeats: Repeats | null): Verdict {
  const finals = heardOf(heard, 'final').map(({ event }) => event);
  const closedAt = heard.findIndex(({ event }) => event.type === 'closed');
  const closed = heardOf(heard, 'closed')[0]?.event;
  const problems: string[] = [];
  if (failure !== null) problems.push(`the client gave up: ${failure}`);
  if (closed !== undefined && closed.reason !== 'end_of_audio') problems.push(`closed because of ${closed.reason}`);
  if (closed !== undefined && closed.finals !== finals.length) {
    problems.push(`closed says ${closed.finals} finals, and the client saw ${finals.length}`);
  }
  if (closed === undefined && failure === null) problems.push('no closed came');
  const late = closedAt < 0 ? [] : heard.slice(closedAt + 1).map(({ event }) => event.type);
  if (late.length > 0) problems.push(`after closed came ${late.join(', ')}`);
  problems.push(...sequenceProblems(finals));
  for (const { event } of heardOf(heard, 'gap')) {
    problems.push(`a gap from sample ${event.from} to ${event.to}: ${event.reason}`);
  }
  const found = repeats === null ? [] : differences(repeats, finals);
  for (const { kind, startMs, expected, got, isExcused } of found) {
    if (kind === 'place' || isExcused) continue;
    problems.push(`at ${startMs} ms ${said(got)} and undisturbed ${said(expected)}`);
  }
  return { problems, differences: found };
}

/** Finals must count 1, 2, 3… as they come. */
function sequenceProblems(finals: readonly FinalEvent[]): string[] {
  const sequences = finals.map(({ sequence }) => sequence);
  if (sequences.every((sequence, index) => sequence === index + 1)) return [];
  const seen = new Set(sequences);
  const doubled = sequences.length - seen.size;
  const missing = Array.from({ length: Math.max(...sequences) }, (_, index) => index + 1).filter(
    (sequence) => !seen.has(sequence),
  );
  return [
    `finals came as ${sequences.join(', ')}: ${missing.length} missing, ${doubled} doubled${
      missing.length + doubled === 0 ? ', out of order' : ''
    }`,
  ];
}

const said = (text: string | null): string => (text === null ? 'nothing' : `"${text}"`);
