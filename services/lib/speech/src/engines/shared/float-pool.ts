/** Float buffers by name that are kept from decode to decode and only ever grow. */
export class FloatPool {
  readonly #buffers = new Map<string, Float32Array<ArrayBuffer>>();

  /** A view of `length` floats with whatever they held before. It stays valid until a longer one of this name is taken. */
  take(name: string, length: number): Float32Array<ArrayBuffer> {
    let buffer = this.#buffers.get(name);
    if (buffer === undefined || buffer.length < length) {
      buffer = new Float32Array(length);
      this.#buffers.set(name, buffer);
    }
    return buffer.subarray(0, length);
  }

  clear(): void {
    this.#buffers.clear();
  }
}
