import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

const schema = z.looseObject({
  added_tokens: z.array(z.object({ id: z.number().int().nonnegative(), content: z.string() })),
  model: z.looseObject({ type: z.literal('BPE'), vocab: z.record(z.string(), z.number().int().nonnegative()) }),
});

/** Ids of Whisper's special tokens: they differ between English models, those of 99 languages and those of 100. */
export interface Marks {
  readonly end: number;
  readonly start: number;
  /** By Whisper's own code; empty for a model of English alone. */
  readonly languages: ReadonlyMap<string, number>;
  /** Undefined where the model has no such task. */
  readonly transcribe: number | undefined;
  readonly translate: number | undefined;
  /** Comes before text that is not of this audio. */
  readonly previous: number | undefined;
  readonly noSpeech: number | undefined;
  readonly noTimestamps: number;
}

/** A Whisper model's byte-level BPE tokens. */
export class WhisperTokenizer {
  readonly marks: Marks;
  readonly #bytes: readonly Uint8Array[];
  readonly #json: object;
  #encoder: Tokenizer | undefined;

  /** @param text a tokenizer.json. @throws Error if it is not that of a Whisper model. */
  constructor(text: string) {
    const parsed = schema.safeParse(JSON.parse(text));
    if (!parsed.success)
      throw new Error(`tokenizer.json is not that of a Whisper model: ${z.prettifyError(parsed.error)}`);
    const { added_tokens: added, model } = parsed.data;
    this.#json = parsed.data;
    this.marks = marksOf(new Map(added.map(({ id, content }) => [content, id])));
    this.#bytes = bytesByToken(model.vocab, this.marks.end);
  }

  /** Tokens of a text; what looks like a special token in it is left out. */
  encode(text: string): number[] {
    // Its tables take 40 MB: only sessions with a prompt need them.
    this.#encoder ??= new Tokenizer(this.#json, {});
    const { ids } = this.#encoder.encode(text, { add_special_tokens: false });
    return ids.filter((id: number) => id < this.marks.end);
  }

  /** A token's bytes, which may be a part of a character; none for special tokens. */
  bytesOf(token: number): Uint8Array {
    return this.#bytes[token] ?? nothing;
  }

  /** The text of tokens as they are, with the space that it begins with. Special tokens count for nothing. */
  decode(tokens: readonly number[]): string {
    return textOf(Buffer.concat(tokens.map((token) => this.bytesOf(token))));
  }
}

const nothing = new Uint8Array(0);

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text; what is no whole character shows as U+FFFD. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes);

function marksOf(special: ReadonlyMap<string, number>): Marks {
  const needed = (name: string): number => {
    const id = special.get(`<|${name}|>`);
    if (id === undefined) throw new Error(`tokenizer.json has no token <|${name}|>: is it that of a Whisper model?`);
    return id;
  };
  const transcribe = special.get('<|transcribe|>');
  const languages = new Map<string, number>();
  for (const [content, id] of special) {
    const code = /^<\|([a-z]{2,3})\|>$/.exec(content)?.[1];
    if (code !== undefined) languages.set(code, id);
  }
  return {
    end: needed('endoftext'),
    start: needed('startoftranscript'),
    languages,
    transcribe,
    translate: special.get('<|translate|>'),
    previous: special.get('<|startofprev|>'),
    // Renamed once; older files have the older name.
    noSpeech: special.get('<|nospeech|>') ?? special.get('<|nocaptions|>'),
    noTimestamps: needed('notimestamps'),
  };
}

function bytesByToken(vocabulary: Readonly<Record<string, number>>, end: number): Uint8Array[] {
  const byteOf = byteAlphabet();
  const tokens: Uint8Array[] = [];
  for (const [content, id] of Object.entries(vocabulary)) {
    if (id >= end) continue;
    tokens[id] = Uint8Array.from(content, (character) => byteOf.get(character) ?? 0);
  }
  return tokens;
}

/** The characters that stand for bytes in a byte-level vocabulary (OpenAI gpt-2/encoder.py, bytes_to_unicode). */
function byteAlphabet(): Map<string, number> {
  const alphabet = new Map<string, number>();
  let others = 0;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    alphabet.set(String.fromCodePoint(printable ? byte : 256 + others++), byte);
  }
  return alphabet;
}
