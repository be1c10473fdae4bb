import type { ClientEvent } from '@verbatim/client';
import type { Final, Partial, Samples } from '@verbatim/contracts';

/** A final with how long it took from the last sound to the screen; null where that can't be told. */
export interface SaidFinal extends Final {
  readonly latencyMs: number | null;
}

/** The utterance that is being spoken. */
export interface OpenUtterance {
  readonly text: string;
  /** Where it begins in the talk. */
  readonly start: Samples;
  /** UTF-16 units at the beginning that will not change while the utterance is open. */
  readonly stableChars: number;
}

/** Everything that was said since the page was opened or cleared, over as many sessions as were started. */
export interface Talk {
  /** Sequences count 1, 2, 3… and times go on over all sessions. */
  readonly finals: readonly SaidFinal[];
  readonly open: OpenUtterance | null;
  readonly isSpeaking: boolean;
  readonly lagSeconds: number;
  /** Of each utterance: from its first sound to its first words on the screen, in milliseconds. */
  readonly firstWordsMs: readonly number[];
  /** Audio that was lost on the way, in seconds. */
  readonly lostSeconds: number;
  /** Transcribers that took over. */
  readonly moves: number;
  readonly session: SessionPlace;
}

/** Where the present session stands in the talk, and what is open in it; in the session's own counts. */
interface SessionPlace {
  readonly samplesBefore: Samples;
  readonly finalsBefore: number;
  /** First sounds of utterances that have no words yet. */
  readonly startedAt: readonly Samples[];
  /** Last sounds of utterances whose finals have not come. */
  readonly endedAt: readonly Samples[];
}

const FRESH = { startedAt: [], endedAt: [] } as const;

export const NOTHING_SAID: Talk = {
  finals: [],
  open: null,
  isSpeaking: false,
  lagSeconds: 0,
  firstWordsMs: [],
  lostSeconds: 0,
  moves: 0,
  session: { samplesBefore: 0, finalsBefore: 0, ...FRESH },
};

/** The talk, with a new session that goes on where the last final ended. */
export const withNewSession = (talk: Talk): Talk => ({
  ...withoutOpen(talk),
  session: { samplesBefore: talk.finals.at(-1)?.end ?? 0, finalsBefore: talk.finals.length, ...FRESH },
});

/** The talk, without what its session left open. */
export const withoutOpen = (talk: Talk): Talk => ({ ...talk, open: null, isSpeaking: false, lagSeconds: 0 });

/** When an event came, and when a sample of its session was heard; milliseconds of one clock. */
export interface Moment {
  readonly now: number;
  readonly heardAt: (sample: Samples) => number | null;
}

/** The talk after one more event of its session. */
export function afterEvent(talk: Talk, event: ClientEvent, moment: Moment): Talk {
  switch (event.type) {
    case 'speech_started':
      return {
        ...talk,
        isSpeaking: true,
        session: { ...talk.session, startedAt: [...talk.session.startedAt, event.at] },
      };
    case 'speech_ended':
      return {
        ...talk,
        isSpeaking: false,
        session: { ...talk.session, endedAt: [...talk.session.endedAt, event.at] },
      };
    case 'partial':
      return withPartial(withFirstWords(talk, event.end, moment), event);
    case 'final':
      return withFinal(withFirstWords(talk, event.end, moment), event, moment);
    case 'suppressed':
      return { ...talk, open: null, session: placeAfter(talk, event.end) };
    case 'gap':
      return { ...talk, lostSeconds: talk.lostSeconds + (event.to - event.from) / 16_000 };
    case 'progress':
      return { ...talk, lagSeconds: event.lagSeconds };
    case 'moved':
      return { ...talk, moves: talk.moves + 1 };
    case 'closed':
      return withoutOpen(talk);
    default:
      return talk;
  }
}

/** Text has come of the audio up to `end`: its utterance is the last that began before that. */
function withFirstWords(talk: Talk, end: Samples, moment: Moment): Talk {
  const began = talk.session.startedAt.filter((at) => at < end).at(-1);
  if (began === undefined) return talk;
  const took = since(began, moment);
  return {
    ...talk,
    firstWordsMs: took === null ? talk.firstWordsMs : [...talk.firstWordsMs, took],
    session: { ...talk.session, startedAt: talk.session.startedAt.filter((at) => at >= end) },
  };
}

const withPartial = (talk: Talk, { text, stableChars, start }: Partial): Talk => ({
  ...talk,
  open: { text, stableChars, start: start + talk.session.samplesBefore },
});

function withFinal(talk: Talk, final: Final, moment: Moment): Talk {
  const { samplesBefore, finalsBefore, endedAt } = talk.session;
  const lastSound = endedAt.filter((at) => at > final.start && at <= final.end).at(-1);
  const said: SaidFinal = {
    ...final,
    sequence: final.sequence + finalsBefore,
    start: final.start + samplesBefore,
    end: final.end + samplesBefore,
    ...(final.words && {
      words: final.words.map((word) => ({
        ...word,
        start: word.start + samplesBefore,
        end: word.end + samplesBefore,
      })),
    }),
    latencyMs: lastSound === undefined ? null : since(lastSound, moment),
  };
  return {
    ...talk,
    // An utterance that was cut at its greatest length goes on in the next one.
    open: null,
    finals: [...talk.finals, said],
    session: placeAfter(talk, final.end),
  };
}

/** The audio up to `end` is done with. */
const placeAfter = ({ session }: Talk, end: Samples): SessionPlace => ({
  ...session,
  startedAt: session.startedAt.filter((at) => at >= end),
  endedAt: session.endedAt.filter((at) => at > end),
});

const since = (sample: Samples, { now, heardAt }: Moment): number | null => {
  const at = heardAt(sample);
  return at === null ? null : Math.max(0, now - at);
};

/** The latencies of all finals that have one, in milliseconds. */
export const finalLatencies = ({ finals }: Talk): readonly number[] =>
  finals.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));

/** Null where there is nothing. */
export const median = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
