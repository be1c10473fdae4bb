import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCacheDir } from '../cache-dir.ts';
import { describeConfig, readConfig } from '../env.ts';
import { standaloneSchema } from './standalone.ts';

const read = (env: Record<string, string> = {}) => readConfig(standaloneSchema, env);

describe('the standalone configuration', () => {
  it('has a default for everything that a first start needs', () => {
    expect(read()).toEqual({
      STT_MODEL: 'moonshine-tiny',
      CONSOLE: true,
      STREAMING_WORKERS: Math.min(4, availableParallelism()),
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      PORT: 8000,
      GRPC_PORT: 50051,
      METRICS_PORT: 9090,
      SAMPLE_RATE: 16000,
      CHANNELS: 1,
      VAD_SILENCE_THRESHOLD_MS: 500,
      MAX_UTTERANCE_MS: 15000,
      BUFFER_MAX_DURATION_S: 5,
      RESUME_WINDOW_S: 30,
      SESSION_IDLE_TIMEOUT_S: 60,
      SESSION_MAX_DURATION_S: 14400,
      ADMISSION_WAIT_MS: 2000,
      VERBATIM_CACHE_DIR: defaultCacheDir({}, process.platform),
      WORKER_CONCURRENCY: 4,
      MAX_UPLOAD_MB: 2048,
      MAX_UPLOADS: 32,
      UPLOAD_IDLE_TIMEOUT_S: 30,
      MAX_QUEUED_JOBS: 1000,
      FILE_SILENCE_MS: 1500,
      MAX_AUDIO_S: 28_800,
      FFMPEG_MEMORY_MB: 1024,
      WEBHOOK_ALLOW: [],
    });
  });

  it('takes the secret of webhooks in the one form that everybody uses, and shows it to nobody', () => {
    const secret = `whsec_${'A'.repeat(32)}`;
    expect(read({ WEBHOOK_SECRET: secret, WEBHOOK_ALLOW: 'hooks.local, 10.0.0.0/8' })).toMatchObject({
      WEBHOOK_SECRET: secret,
      WEBHOOK_ALLOW: ['hooks.local', '10.0.0.0/8'],
    });
    expect(() => read({ WEBHOOK_SECRET: 'hunter2' })).toThrow(/^WEBHOOK_SECRET is "\*\*\*"; it must be "whsec_"/);
  });

  it('takes a key for operators that a header can carry and nobody guesses, and shows it to nobody', () => {
    const key = 'a-key-of-16-char';
    expect(read({ ADMIN_KEY: key }).ADMIN_KEY).toBe(key);
    expect(describeConfig(read({ ADMIN_KEY: key }))).toMatchObject({ ADMIN_KEY: '***' });
    for (const wrong of [key.slice(1), 'a key with spaces in it', 'ключ-из-шестнадцати']) {
      expect(() => read({ ADMIN_KEY: wrong })).toThrow(/^ADMIN_KEY is "\*\*\*"; it must be 16 or more .*openssl/);
    }
  });

  it.each([
    ['tiny', 'whisper-tiny'],
    ['base', 'whisper-base'],
    ['SMALL', 'whisper-small'],
    ['medium', 'whisper-medium'],
    ['large', 'whisper-large-v3'],
    ['large-v2', 'whisper-large-v2'],
    ['turbo', 'whisper-large-v3-turbo'],
    ['tiny.en', 'whisper-tiny.en'],
    ['distil-large-v3.5', 'distil-large-v3.5'],
  ])('maps WHISPER_MODEL=%s to the model %s', (size, id) => {
    expect(read({ WHISPER_MODEL: size }).STT_MODEL).toBe(id);
  });

  it('refuses two different models', () => {
    expect(() => read({ STT_MODEL: 'moonshine-tiny', WHISPER_MODEL: 'base' })).toThrow(
      'STT_MODEL is "moonshine-tiny" and WHISPER_MODEL is "base", which is the model whisper-base; set only one of them.',
    );
    expect(read({ STT_MODEL: 'whisper-base', WHISPER_MODEL: 'base' }).STT_MODEL).toBe('whisper-base');
    expect(read({ STT_MODEL: 'whisper-large', WHISPER_MODEL: 'large' }).STT_MODEL).toBe('whisper-large');
  });

  it('names the Whisper models there are when asked for another', () => {
    expect(() => read({ WHISPER_MODEL: 'huge' })).toThrow(
      /^WHISPER_MODEL is "huge"; it must be one of tiny, base, .*, large-v3-turbo, .*, distil-large-v3\.5\.?$/m,
    );
  });

  it('takes a folder or a mirror as the source of models, and the hub’s own variable for a mirror', () => {
    const mirror = 'https://mirror.example/hub';
    for (const source of ['models', '/srv/models', mirror]) {
      expect(read({ VERBATIM_MODEL_SOURCE: source, HF_ENDPOINT: 'http://other.example' })).toMatchObject({
        VERBATIM_MODEL_SOURCE: source,
      });
    }
    expect(read({ HF_ENDPOINT: mirror })).toMatchObject({ VERBATIM_MODEL_SOURCE: mirror });
    expect(read({ HF_ENDPOINT: mirror })).not.toHaveProperty('HF_ENDPOINT');
    expect(() => read({ VERBATIM_MODEL_SOURCE: 's3://bucket' })).toThrow(
      /^VERBATIM_MODEL_SOURCE is "s3:\/\/bucket"; it must be a folder/,
    );
    expect(() => read({ HF_ENDPOINT: 'mirror.example' })).toThrow(
      /^HF_ENDPOINT is "mirror.example"; it must be an addr/,
    );
  });

  it('refuses one port for two servers, but not two free ports', () => {
    expect(() => read({ PORT: '9090' })).toThrow('PORT and METRICS_PORT are both 9090; give each its own port.');
    expect(read({ PORT: '0', GRPC_PORT: '0', METRICS_PORT: '0' })).toMatchObject({ PORT: 0, GRPC_PORT: 0 });
  });

  it('reports conflicts beside other mistakes', () => {
    const env = { STT_MODEL: 'a', WHISPER_MODEL: 'base', LOG_LEVEL: 'loud', PORT: 'x', GRPC_PORT: 'x' };
    expect(() => read(env)).toThrow(
      expect.objectContaining({
        mistakes: [
          expect.stringContaining('LOG_LEVEL is "loud"'),
          expect.stringContaining('PORT is "x"'),
          expect.stringContaining('GRPC_PORT is "x"'),
          expect.stringContaining('set only one of them'),
        ],
      }),
    );
  });

  it('makes a relative cache folder absolute', () => {
    expect(isAbsolute(read({ VERBATIM_CACHE_DIR: 'models' }).VERBATIM_CACHE_DIR)).toBe(true);
  });
});

describe('the default cache folder', () => {
  it.each([
    ['linux', {}, '/home/u/.cache/verbatim'],
    ['linux', { XDG_CACHE_HOME: '/tmp/xdg' }, '/tmp/xdg/verbatim'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/u/.cache/verbatim'],
    ['darwin', { XDG_CACHE_HOME: '/tmp/xdg' }, '/home/u/Library/Caches/verbatim'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/verbatim/Cache'],
    ['win32', {}, '/home/u/AppData/Local/verbatim/Cache'],
  ] as const)('follows the rules of %s with %o', (platform, env, expected) => {
    expect(defaultCacheDir(env, platform, '/home/u')).toBe(expected);
  });
});
