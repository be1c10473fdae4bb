import captureWorklet from './capture-worklet.ts?worker&url';

/** The resampler's highest rate; a device that is faster is asked to give this one. */
const MOST_HERTZ = 48_000;
/** Audio that has not started after this long does not start. */
const START_MS = 5_000;

export interface MicrophoneOptions {
  /** The one to take where it is there; else, and where absent, the browser's choice. */
  readonly deviceId?: string | undefined;
  /** Is given mono samples from -1 to 1 at `rate`, in blocks of some 20 ms. */
  readonly onBlock: (block: Float32Array) => void;
  /** The device is gone: it was unplugged, or the permission was taken back. */
  readonly onEnd: () => void;
}

/** A microphone that is open, at the device's own rate. */
export class Microphone {
  readonly #stream: MediaStream;
  readonly #context: AudioContext;

  private constructor(stream: MediaStream, context: AudioContext) {
    this.#stream = stream;
    this.#context = context;
  }

  /**
   * Asks for the microphone and listens. Echoes are taken out, as many speak without headphones while something plays.
   * Noise suppression stays off: it is made for ears, cuts quiet consonants, and the models were trained with noise. The
   * gain follows the speaker, who may be far away.
   * @throws DOMException for `microphoneProblem` to explain
   */
  static async open({ deviceId, onBlock, onEnd }: MicrophoneOptions): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(deviceId !== undefined && { deviceId: { ideal: deviceId } }),
        channelCount: 1,
        echoCancellation: true,
        noiseSuppression: false,
        autoGainControl: true,
      },
    });
    const context = await contextFor();
    try {
      await context.audioWorklet.addModule(captureWorklet);
      const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 });
      capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => onBlock(data);
      context.createMediaStreamSource(stream).connect(capture);
      await started(context);
    } catch (error) {
      stopTracks(stream);
      await context.close();
      throw error;
    }
    for (const track of stream.getTracks()) track.addEventListener('ended', onEnd);
    return new Microphone(stream, context);
  }

  /** In hertz. */
  get rate(): number {
    return this.#context.sampleRate;
  }

  async close(): Promise<void> {
    stopTracks(this.#stream);
    await this.#context.close();
  }
}

const contextFor = async (): Promise<AudioContext> => {
  const context = new AudioContext({ latencyHint: 'interactive' });
  if (context.sampleRate <= MOST_HERTZ) return context;
  await context.close();
  return new AudioContext({ latencyHint: 'interactive', sampleRate: MOST_HERTZ });
};

/** Firefox starts no audio, and says nothing, where the machine has nothing to play it on. */
const started = async (context: AudioContext): Promise<void> => {
  const resumed = context.resume();
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new DOMException('Its audio does not start.', 'NotReadableError')), START_MS);
  });
  await Promise.race([resumed, late]);
};

const stopTracks = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop();
};
