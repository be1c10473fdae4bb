import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

// A fault from outside, for a process that is started with `--import` of this file: while the file that SLOW_DECODE_FILE names
// is there, every run of a speech model's encoder takes as many milliseconds longer as it says.

/** The one that lib/speech has, which alone depends on it. */
const ort = createRequire(new URL('../../services/lib/speech/package.json', import.meta.url))('onnxruntime-node');
const { create } = ort.InferenceSession;
const file = process.env.SLOW_DECODE_FILE ?? '';

ort.InferenceSession.create = async (...args) => {
  const session = await create.apply(ort.InferenceSession, args);
  if (!session.inputNames.includes('audio')) return session;
  const run = session.run.bind(session);
  session.run = async (...feeds) => {
    if (existsSync(file)) await sleep(Number(readFileSync(file, 'utf8')));
    return run(...feeds);
  };
  return session;
};
