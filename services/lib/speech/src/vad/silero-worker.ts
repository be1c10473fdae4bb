import { serveRequests } from '../worker-port.ts';
import { SileroModel } from './silero-model.ts';
import type { DetectorJob, DetectorResult } from './voice-detector.ts';

serveRequests<{ file: string }, readonly DetectorJob[], DetectorResult[]>({
  async start({ file }) {
    const model = await SileroModel.load(file);
    return (jobs) => model.detect(jobs);
  },
  transfer: (results) =>
    results.flatMap((result) => [result.probabilities, ...result.states].map((array) => array.buffer as ArrayBuffer)),
  niceness: 0,
});
