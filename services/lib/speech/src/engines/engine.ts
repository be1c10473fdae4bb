/** One decode: a stretch of speech in, its text out. Requests of many sessions are decoded together. */
export interface DecodeRequest {
  /** 16 kHz mono, -1 to 1. */
  readonly audio: Float32Array;
  /** Tokens of an earlier hypothesis of this utterance: a head start that never changes the result, only its cost. */
  readonly draft?: Int32Array;
}

export interface DecodeResult {
  readonly text: string;
  /** Text tokens without begin and end marks; the next decode's `draft`. */
  readonly tokens: Int32Array;
  /** Natural-log probability of each token, and of the end mark as the last one. */
  readonly logProbabilities: Float32Array;
  readonly language: string;
  /** True when the decoder reached its token cap before it said that it was done. */
  readonly truncated: boolean;
}

/**
 * A speech model in memory. Lives inside a worker thread: `decode` blocks the thread it runs on
 * (onnxruntime-node computes synchronously). A request's result does not depend on its batch mates.
 */
export interface Engine {
  readonly languages: readonly string[];
  decode(requests: readonly DecodeRequest[]): Promise<DecodeResult[]>;
  close(): Promise<void>;
}
