import type { ClientEvent, ConnectionChange, SessionRequest } from '@verbatim/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { FIRST_CHOICES } from '../speech-choices.ts';
import { LiveTalk } from './live-talk.ts';
import { SILENT } from './microphone/level.ts';
import type { MicrophoneOptions } from './microphone/microphone.ts';
import type { SaidFinal } from './talk.ts';
import type { OpenSession } from './talk-run.ts';

const choices = { ...FIRST_CHOICES, deviceId: null };

/** A session whose events a test says. */
class FakeSession implements OpenSession {
  readonly written: number[] = [];
  hasEnd = false;
  isAbandoned = false;
  #events: ClientEvent[] = [];
  #failure: Error | null = null;
  #isOver = false;
  #wake = () => {};

  say(...events: ClientEvent[]): void {
    this.#events.push(...events);
    this.#isOver = events.at(-1)?.type === 'closed';
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async *events(): AsyncGenerator<ClientEvent> {
    for (;;) {
      while (this.#events.length > 0) yield this.#events.shift()!;
      if (this.#failure !== null) throw this.#failure;
      if (this.#isOver) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes.length / 2);
  }

  end(): void {
    this.hasEnd = true;
  }

  async abandon(): Promise<void> {
    this.isAbandoned = true;
    this.say({ type: 'closed', reason: 'end_of_audio', audioSeconds: 0, finals: 0 });
  }
}

const final = (sequence: number): ClientEvent => ({
  ...{ type: 'final', sequence, utterance: sequence, text: `Text ${sequence}.`, confidence: 0.9, start: 0, end: 100 },
  ...{ language: 'en', reason: 'silence' },
});
const closed = (reason: 'end_of_audio' | 'idle'): ClientEvent => ({
  ...{ type: 'closed', reason, audioSeconds: 1, finals: 1 },
});

describe('a live talk', () => {
  let session: FakeSession;
  let microphone: MicrophoneOptions;
  let isListening: boolean;
  let kept: readonly SaidFinal[];
  let now: number | null;
  let request: SessionRequest;
  let tellConnection: (change: ConnectionChange) => void;
  let openSession: (signal: AbortSignal) => Promise<OpenSession>;
  let openMicrophone: () => Promise<void>;

  const newTalk = () =>
    new LiveTalk({
      openMicrophone: async (options) => {
        await openMicrophone();
        microphone = options;
        isListening = true;
        return {
          rate: 16_000,
          close: async () => {
            isListening = false;
          },
        };
      },
      openSession: (asked, { signal, onConnection }) => {
        request = asked;
        tellConnection = onConnection;
        return openSession(signal);
      },
      memory: {
        read: () => kept,
        write: (finals) => {
          kept = finals;
        },
      },
      now: () => now ?? performance.now(),
      overdueMs: 400,
    });

  beforeEach(() => {
    session = new FakeSession();
    kept = [];
    now = null;
    isListening = false;
    openSession = async () => session;
    openMicrophone = async () => {};
  });

  it('sends what the microphone hears in frames of 80 ms, and shows what comes of it', async () => {
    const talk = newTalk();
    await talk.start({ ...choices, language: 'en' });
    expect(talk.phase.value).toBe('live');
    expect(request).toEqual({ language: 'en' });
    microphone.onBlock(new Float32Array(3_000).fill(0.1));
    expect(session.written).toEqual([1_280, 1_280]);
    expect(talk.level.value.rms).toBeCloseTo(-20);
    session.say(final(1));
    await expect.poll(() => talk.talk.value.finals.map(({ text }) => text)).toEqual(['Text 1.']);
    expect(kept).toHaveLength(1);
  });

  it('loses nothing that was said while the session was being opened', async () => {
    const talk = newTalk();
    let open = (_: OpenSession) => {};
    openSession = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const starting = talk.start(choices);
    await expect.poll(() => isListening).toBe(true);
    microphone.onBlock(new Float32Array(2_560));
    open(session);
    await starting;
    expect(session.written).toEqual([1_280, 1_280]);
  });

  it('waits for the last words after Stop', async () => {
    const talk = newTalk();
    await talk.start(choices);
    microphone.onBlock(new Float32Array(1_000));
    const stopping = talk.stop();
    // Still on its way from the device when Stop was pressed.
    expect(isListening).toBe(true);
    microphone.onBlock(new Float32Array(200).fill(0.1));
    await expect.poll(() => session.hasEnd).toBe(true);
    microphone.onBlock(new Float32Array(2_000));
    expect(session.written).toEqual([1_200]);
    expect(talk.level.value).toEqual(SILENT);
    expect([talk.phase.value, isListening]).toEqual(['stopping', false]);
    session.say(final(1), closed('end_of_audio'));
    await stopping;
    await expect.poll(() => talk.phase.value).toBe('idle');
    expect(talk.talk.value.finals).toHaveLength(1);
    expect(talk.problem.value).toBeNull();
  });

  it('can be stopped while the browser still asks for the microphone', async () => {
    const talk = newTalk();
    let allow = () => {};
    openMicrophone = () =>
      new Promise((resolve) => {
        allow = resolve;
      });
    const starting = talk.start(choices);
    await talk.stop();
    allow();
    await starting;
    await expect.poll(() => talk.phase.value).toBe('idle');
    expect([isListening, talk.problem.value]).toEqual([false, null]);
  });

  it('need not be waited for when its last words are overdue', async () => {
    const talk = newTalk();
    await talk.start(choices);
    session.say(final(1));
    void talk.stop();
    expect(talk.phase.value).toBe('stopping');
    await talk.stop();
    expect(talk.phase.value).toBe('stopping');
    await expect.poll(() => talk.phase.value).toBe('overdue');
    await talk.stop();
    await expect.poll(() => talk.phase.value).toBe('idle');
    expect([talk.problem.value, talk.talk.value.finals.length]).toEqual([null, 1]);
  });

  it('tells the server when the page goes away, and lets go of the microphone', async () => {
    const talk = newTalk();
    await talk.start(choices);
    const [abandoned, before] = [session, isListening];
    talk.leave();
    await expect.poll(() => talk.phase.value).toBe('idle');
    expect([abandoned.isAbandoned, before, isListening]).toEqual([true, true, false]);
  });

  it('can be left while the server does not answer', async () => {
    const talk = newTalk();
    openSession = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const starting = talk.start(choices);
    await expect.poll(() => isListening).toBe(true);
    talk.leave();
    await starting;
    expect([talk.phase.value, talk.problem.value, isListening]).toEqual(['idle', null, false]);
  });

  it('closes a microphone that is opened after it was left', async () => {
    const talk = newTalk();
    let allow = () => {};
    openMicrophone = () =>
      new Promise((resolve) => {
        allow = resolve;
      });
    const starting = talk.start(choices);
    talk.leave();
    await expect.poll(() => talk.phase.value).toBe('idle');
    allow();
    await starting;
    expect([isListening, talk.phase.value]).toEqual([false, 'idle']);
  });

  it('says that a microphone gives no sound, until it does', async () => {
    const talk = newTalk();
    now = 0;
    await talk.start(choices);
    microphone.onBlock(new Float32Array(1_000));
    expect(talk.problem.value).toBeNull();
    now = 5_000;
    microphone.onBlock(new Float32Array(1_000));
    expect(talk.problem.value).toMatch(/no sound.*muted/);
    microphone.onBlock(new Float32Array(1_000).fill(0.01));
    expect([talk.problem.value, talk.phase.value]).toEqual([null, 'live']);
  });

  it('counts on when it is started again', async () => {
    const talk = newTalk();
    for (const count of [1, 2]) {
      session = new FakeSession();
      await talk.start(choices);
      session.say(final(1), closed('end_of_audio'));
      await expect.poll(() => talk.phase.value).toBe('idle');
      expect(talk.talk.value.finals).toHaveLength(count);
    }
    expect(talk.talk.value.finals.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('says why it can not hear, and can be started again', async () => {
    const talk = newTalk();
    openMicrophone = () => Promise.reject(new Error('Plug one in.'));
    await talk.start(choices);
    expect([talk.phase.value, talk.problem.value]).toEqual(['idle', 'Plug one in.']);
    openMicrophone = async () => {};
    await talk.start(choices);
    expect([talk.phase.value, talk.problem.value]).toEqual(['live', null]);
  });

  it('lets go of the microphone where the server refuses', async () => {
    const talk = newTalk();
    openSession = () => Promise.reject(new Error('Come back in 5 s.'));
    await talk.start(choices);
    expect([talk.phase.value, talk.problem.value, isListening]).toEqual(['idle', 'Come back in 5 s.', false]);
  });

  it('says why the server ended it, and keeps the text', async () => {
    const talk = newTalk();
    await talk.start(choices);
    session.say(final(1), closed('idle'));
    await expect.poll(() => talk.phase.value).toBe('idle');
    expect(talk.problem.value).toMatch(/Nothing was heard/);
    expect(talk.talk.value.finals).toHaveLength(1);
    expect(isListening).toBe(false);
  });

  it('says what ended the connection for good', async () => {
    const talk = newTalk();
    await talk.start(choices);
    tellConnection({ state: 'lost', attempt: 1 });
    session.fail(new Error('The connection was lost for good.'));
    await expect.poll(() => talk.problem.value).toBe('The connection was lost for good.');
    expect([talk.phase.value, isListening, talk.connection.value]).toEqual(['idle', false, '']);
  });

  it('stops with the last words when the microphone is unplugged', async () => {
    const talk = newTalk();
    await talk.start(choices);
    microphone.onEnd();
    await expect.poll(() => session.hasEnd).toBe(true);
    session.say(closed('end_of_audio'));
    await expect.poll(() => talk.problem.value).toMatch(/microphone is gone/);
    expect(talk.phase.value).toBe('idle');
  });

  it('speaks of a lost connection quietly, and not as a problem', async () => {
    const talk = newTalk();
    await talk.start(choices);
    tellConnection({ state: 'lost', attempt: 1 });
    expect(talk.connection.value).toMatch(/kept/);
    tellConnection({ state: 'resumed', afterMs: 2_100 });
    expect(talk.connection.value).toMatch(/after 2.1 s/);
    expect([talk.phase.value, talk.problem.value]).toEqual(['live', null]);
  });

  it('has the text from before a reload, until it is cleared', () => {
    kept = [{ ...(final(1) as SaidFinal), latencyMs: null }];
    const talk = newTalk();
    expect(talk.talk.value.finals).toHaveLength(1);
    talk.clear();
    expect([talk.talk.value.finals, kept]).toEqual([[], []]);
  });
});
