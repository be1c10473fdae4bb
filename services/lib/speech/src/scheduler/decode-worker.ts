import { floatFromPcm16 } from '../audio-window.ts';
import type { DecodeResult } from '../engines/engine.ts';
import { loadMoonshine } from '../engines/moonshine/moonshine-engine.ts';
import { serveRequests } from '../worker-port.ts';
import type { DecodeWork, EngineSource } from './decode-pool.ts';

/** Decoding gives way to the main thread and to the voice detector, which decide when an utterance ends. */
const DECODE_NICENESS = 5;

serveRequests<EngineSource, readonly DecodeWork[], DecodeResult[]>({
  async start({ directory, threads }) {
    const engine = await loadMoonshine(directory, { threads });
    return (batch) =>
      engine.decode(
        batch.map(({ pcm16, draft }) => ({
          audio: floatFromPcm16(pcm16),
          ...(draft === undefined ? {} : { draft }),
        })),
      );
  },
  transfer: () => [],
  niceness: DECODE_NICENESS,
});
