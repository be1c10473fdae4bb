import { floatFromPcm16 } from '../audio-window.ts';
import type { DecodeRequest, DecodeResult, Engine } from '../engines/engine.ts';
import { loadMoonshine } from '../engines/moonshine/moonshine-engine.ts';
import { loadWhisper } from '../engines/whisper/whisper-engine.ts';
import { serveRequests } from '../worker-port.ts';
import { type DecodeWork, type EngineSource, isAborted } from './decode-pool.ts';

/** Decoding gives way to the main thread and to the voice detector, which decide when an utterance ends. */
const DECODE_NICENESS = 5;

const LOADERS: Record<EngineSource['family'], (dir: string, options: { threads: number }) => Promise<Engine>> = {
  moonshine: loadMoonshine,
  whisper: loadWhisper,
};

const requestOf = ({ pcm16, abortion, ...wishes }: DecodeWork): DecodeRequest => ({
  ...wishes,
  audio: floatFromPcm16(pcm16),
  aborted: () => isAborted(abortion),
});

serveRequests<EngineSource, readonly DecodeWork[], (DecodeResult | null)[]>({
  async start({ family, directory, threads }) {
    const engine = await LOADERS[family](directory, { threads });
    return (batch) => engine.decode(batch.map(requestOf));
  },
  transfer: () => [],
  niceness: DECODE_NICENESS,
});
