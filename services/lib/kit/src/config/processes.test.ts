import { describe, expect, it } from 'vitest';
import { readConfig } from '../env.ts';
import { ingressSchema } from './ingress.ts';
import { mediaSchema } from './media.ts';
import { standaloneSchema } from './standalone.ts';
import { transcriberSchema } from './transcriber.ts';

const ingress = (env: Record<string, string> = {}) => readConfig(ingressSchema, env);
const transcriber = (env: Record<string, string> = {}) => readConfig(transcriberSchema, env);

describe('the ingress configuration', () => {
  it('has the session settings of the standalone server, and its own', () => {
    const { STREAMING_WORKERS, VERBATIM_CACHE_DIR, WORKER_CONCURRENCY, MAX_AUDIO_S, FFMPEG_MEMORY_MB, ...shared } =
      readConfig(standaloneSchema, {});
    expect(ingress()).toMatchObject({ ...shared, STT_MODELS: ['moonshine-tiny'], MIN_CHUNK_MS: 40, DRAIN_MS: 5_000 });
    expect(ingress()).not.toHaveProperty('STREAMING_WORKERS');
  });

  it.each([
    [{}, 'moonshine-tiny', ['moonshine-tiny']],
    [{ WHISPER_MODEL: 'base' }, 'whisper-base', ['whisper-base']],
    [{ STT_MODELS: 'a, b,a' }, 'a', ['a', 'b']],
    [{ STT_MODEL: 'b', STT_MODELS: 'a,b' }, 'b', ['a', 'b']],
  ])('with %o has the default model %s of %o', (env, model, models) => {
    expect(ingress(env as Record<string, string>)).toMatchObject({ STT_MODEL: model, STT_MODELS: models });
  });

  it('refuses a default model that sessions may not ask for', () => {
    const line = 'STT_MODELS is "a,b", which lacks whisper-base, the model of sessions that name none; add it.';
    expect(() => ingress({ WHISPER_MODEL: 'base', STT_MODELS: 'a,b' })).toThrow(line);
  });

  it.each([
    [{ STT_MODELS: 'a,,b' }, /^STT_MODELS is "a,,b"; it must be model ids/],
    [{ BUFFER_MAX_DURATION_S: '20' }, /^AUDIO_RING_S is 45; with BUFFER_MAX_DURATION_S 20 it must be 60 or more/],
    [{ SESSION_TTL_S: '60' }, /^SESSION_TTL_S is 60; it must be 90 or more/],
    [{ MIN_CHUNK_MS: '10' }, /^MIN_CHUNK_MS is "10"; it must be a whole number of milliseconds from 20 to 100/],
    [{ GRPC_PORT: '9090' }, /^GRPC_PORT and METRICS_PORT are both 9090/],
  ])('refuses %o', (env, line) => {
    expect(() => ingress(env as Record<string, string>)).toThrow(line);
  });
});

describe('the media configuration', () => {
  it('has a port of its own and nothing of the doors or the engine', () => {
    const config = readConfig(mediaSchema, {});
    expect(config).toMatchObject({ PORT: 8_001, HOST: '127.0.0.1', MEDIA_CONCURRENCY: 4, MAX_AUDIO_S: 28_800 });
    expect(config).not.toHaveProperty('STT_MODEL');
    expect(config).not.toHaveProperty('METRICS_PORT');
  });
});

describe('the transcriber configuration', () => {
  it('has the engine settings of the standalone server, and how long sessions may be without their client', () => {
    const { STT_MODEL, STREAMING_WORKERS, VERBATIM_CACHE_DIR, METRICS_PORT } = readConfig(standaloneSchema, {});
    expect(transcriber()).toMatchObject({ STT_MODEL, STREAMING_WORKERS, VERBATIM_CACHE_DIR, METRICS_PORT });
    expect(transcriber()).toMatchObject({ RESUME_WINDOW_S: 30, SESSION_IDLE_TIMEOUT_S: 60, HOST: '127.0.0.1' });
    expect(transcriber()).not.toHaveProperty('PORT');
  });

  it('does not mind the port of a door that it does not have', () => {
    expect(transcriber({ METRICS_PORT: '8000', PORT: '8000' }).METRICS_PORT).toBe(8_000);
  });

  it('refuses two different models', () => {
    expect(() => transcriber({ STT_MODEL: 'a', WHISPER_MODEL: 'base' })).toThrow('set only one of them.');
  });
});
