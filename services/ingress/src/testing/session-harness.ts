import { createMemoryBus } from '@verbatim/bus';
import type { ClientEvent, Clock } from '@verbatim/contracts';
import { ManualClock } from '@verbatim/contracts/testing';
import { createLogger, type Tracing } from '@verbatim/kit';
import { createMemoryStores } from '@verbatim/sessions';
import type { LiveSession } from '../session/live-session.ts';
import { LiveSessions } from '../session/live-sessions.ts';
import { DEFAULT_SESSION_LIMITS, type ModelList, type SessionDeps, type SessionLimits } from '../session/options.ts';
import { ScriptedTranscriber, type ScriptedTranscriberOptions } from './scripted-transcriber.ts';

export const MODEL = 'moonshine-tiny';

export const MODELS: ModelList = {
  default: MODEL,
  list: [
    { id: MODEL, languages: ['en'], tasks: ['transcribe'], wordTimes: false },
    { id: 'whisper-base', languages: [], tasks: ['transcribe', 'translate'], wordTimes: true },
  ],
};

export const QUIET = createLogger({ level: 'fatal', name: 'test' });

export interface Parts {
  readonly limits?: Partial<SessionLimits>;
  readonly transcriber?: Partial<ScriptedTranscriberOptions>;
  /** Default: none. */
  readonly tracing?: Tracing;
}

/** Sessions over the memory adapters, with a scripted transcriber. */
export const createParts = <C extends Clock>(clock: C, { limits, transcriber, tracing }: Parts = {}) => {
  const bus = createMemoryBus({ clock, ackWaitMs: 3_600_000 });
  const { sessions: store } = createMemoryStores({ clock });
  const metrics = { dropped: 0, slow: 0, detached: 0, errors: [] as string[] };
  const deps: SessionDeps = {
    bus,
    store,
    models: MODELS,
    defaults: {
      encoding: 'linear16',
      sampleRateHertz: 16_000,
      channelCount: 1,
      silenceMs: 500,
      maxUtteranceMs: 15_000,
    },
    limits: { ...DEFAULT_SESSION_LIMITS, ...limits },
    clock,
    log: QUIET,
    tracing,
    metrics: {
      dropped: (seconds) => {
        metrics.dropped += seconds;
      },
      detached: () => {
        metrics.detached++;
      },
      slowReader: () => {
        metrics.slow++;
      },
      error: (code, door) => {
        metrics.errors.push(`${door} ${code}`);
      },
    },
  };
  const scripted = new ScriptedTranscriber({ bus, store, model: MODEL, ...transcriber });
  return { bus, store, deps, clock, metrics, transcriber: scripted };
};

/** The same with a registry and a clock that stands still. */
export const createHarness = (parts: Parts = {}) => {
  const made = createParts(new ManualClock(), parts);
  return { ...made, sessions: new LiveSessions(made.deps), tenant: { tenant: 'default' } };
};

/** Reads a session's events in the background, as a door would. */
export class Listener {
  readonly events: ClientEvent[] = [];
  /** What ended the reading, if an error did. */
  error: unknown = null;
  readonly done: Promise<void>;

  constructor(session: LiveSession) {
    this.done = (async () => {
      try {
        for await (const event of session.events()) this.events.push(event);
      } catch (error) {
        this.error = error;
      }
    })();
  }

  of<T extends ClientEvent['type']>(type: T): Extract<ClientEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type);
  }

  get texts(): string[] {
    return this.of('final').map(({ text }) => text);
  }
}

/** `seconds` of 16 kHz LINEAR16 in which every sample tells its place. */
export const speech = (seconds: number, from = 0): Buffer => {
  const samples = new Int16Array(Math.round(seconds * 16_000));
  for (let i = 0; i < samples.length; i++) samples[i] = (from + i) % 30_000;
  return Buffer.from(samples.buffer);
};
