/** What a model can be asked to do with speech: write it down, or write it down in English. */
export type DecodeTask = 'transcribe' | 'translate';

/** What is wanted of a decode beside its audio. */
export interface DecodeWishes {
  /** Tokens of an earlier hypothesis of this utterance: a head start that never changes the result, only its cost. */
  readonly draft?: Int32Array | undefined;
  /** What is spoken: BCP-47 primary subtag. Without it the engine hears for itself. Engines of one language ignore it. */
  readonly language?: string | undefined;
  /** What was spoken before: taken too, unless the engine is very sure of another language. */
  readonly expectedLanguage?: string | undefined;
  /** Default: transcribe. */
  readonly task?: DecodeTask;
  /** Words to expect, such as names in their right spelling. Engines without prompts ignore it. */
  readonly prompt?: string;
  /** How the sentence began, of which this audio is the rest. Engines without prompts ignore it. */
  readonly context?: string;
  /** The text will stay: worth word times, and a word where it looks wrong. */
  readonly thorough?: boolean;
  /** Somebody waits for the text: only what can't be right is worth another try, not what is merely unsure. */
  readonly hurried?: boolean;
  /** The text of a first try looked wrong: worth more than one other try. Takes long, so it is best decoded alone. */
  readonly hard?: boolean;
}

/** One decode: a stretch of speech in, its text out. Requests of many sessions are decoded together. */
export interface DecodeRequest extends DecodeWishes {
  /** 16 kHz mono, -1 to 1. */
  readonly audio: Float32Array;
  /** Asked between steps: true once nobody wants the result any more. */
  readonly aborted?: () => boolean;
}

/** A word of a result. Times in samples from the start of the request's audio. */
export interface DecodedWord {
  /** Without white space around it, with its punctuation. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface DecodeResult {
  readonly text: string;
  /** Text tokens without begin and end marks; the next decode's `draft`. */
  readonly tokens: Int32Array;
  /** Natural-log probability of each token, and of the end mark as the last one. */
  readonly logProbabilities: Float32Array;
  /** What was spoken: BCP-47 primary subtag. */
  readonly language: string;
  /** How sure the engine is of the language, 0 to 1, unless it was told. */
  readonly languageProbability?: number;
  /** How likely the model holds it that nobody speaks, 0 to 1. Engines without such a mark leave it out. */
  readonly noSpeechProbability?: number;
  /** Only where they were asked for, from engines that can tell. */
  readonly words?: readonly DecodedWord[];
  /** True when the decoder reached its token cap before it said that it was done. */
  readonly truncated: boolean;
  /** True for a thorough decode that looks wrong: asked for as a hard one, it may come out better. */
  readonly suspect?: boolean;
}

/**
 * A speech model in memory. Lives inside a worker thread: `decode` blocks the thread it runs on
 * (onnxruntime-node computes synchronously). A request's result does not depend on its batch mates.
 */
export interface Engine {
  /** BCP-47 primary subtags. */
  readonly languages: readonly string[];
  /** One result for each request, in order; null for one that was aborted. */
  decode(requests: readonly DecodeRequest[]): Promise<(DecodeResult | null)[]>;
  close(): Promise<void>;
}
