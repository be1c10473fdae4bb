/** What the browser gives the code of an AudioWorklet; TypeScript's DOM library leaves it out. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Frames that are handed over at once: 128, a quantum, would wake the page 375 times a second. 21 ms at 48 kHz. */
const BLOCK_FRAMES = 1024;

/** Hands the microphone's samples to the page: one Float32Array of mono samples for each block. */
class CaptureProcessor extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_FRAMES);
  #filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const channels = inputs[0] ?? [];
    const frames = channels[0]?.length ?? 0;
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0;
      for (const channel of channels) sum += channel[frame]!;
      this.#block[this.#filled++] = sum / channels.length;
      if (this.#filled === BLOCK_FRAMES) this.#handOver();
    }
    return true;
  }

  #handOver(): void {
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(BLOCK_FRAMES);
    this.#filled = 0;
  }
}

registerProcessor('capture', CaptureProcessor);
