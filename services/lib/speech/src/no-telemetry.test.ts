import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const SCRIPT = `
  import(${JSON.stringify(new URL('../dist/vad/voice-detection.js', import.meta.url).href)})
    .then(({ startVoiceDetector }) => startVoiceDetector())
    .then(({ detector, problem }) => {
      console.log(detector.name, problem);
      return detector.close();
    });
`;

it('keeps onnxruntime from reporting to its maker', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'verbatim-test-'));
  onTestFinished(() => rm(home, { recursive: true }));
  // A CI variable silences it too. Where it may report, it keeps an id for this machine in the user's folder.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', SCRIPT], {
    env: { ...env, HOME: home, XDG_CACHE_HOME: home },
  });
  expect(stdout).toContain('silero null');
  expect(stderr).toBe('');
  expect(await readdir(home)).toEqual([]);
});
