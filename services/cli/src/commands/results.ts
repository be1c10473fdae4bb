import type { Final } from '@verbatim/contracts';
import { FORMATTERS, type Format, jsonTranscript, type Transcript } from '@verbatim/formats';

/** Where results go: standard output or a file. */
export type Write = (text: string) => Promise<void>;

/** Writes the results of one file after another in one format. */
export interface Results {
  begin(file: string): Promise<void>;
  final(final: Final): Promise<void>;
  done(file: string, transcript: Transcript): Promise<void>;
  failed(file: string, sentence: string): Promise<void>;
  /** After the last file, also when the command was ended early. */
  finish(): Promise<void>;
}

export interface ResultsOptions {
  readonly format: Format;
  /** Several files: each is named. */
  readonly several: boolean;
  /** Text is written final by final, a line each, and not file by file. */
  readonly asItComes: boolean;
}

/** The writer for a format. */
export function resultsWriter(write: Write, { format, several, asItComes }: ResultsOptions): Results {
  if (format === 'json')
    return several
      ? new JsonArray(write)
      : new OneByOne(write, (file, transcript) => toJson({ file, ...jsonTranscript(transcript) }));
  if (format === 'text' && several) return new HeadedText(write, asItComes);
  if (format === 'text' && asItComes) return new Lines(write);
  return new OneByOne(write, (_, transcript) => FORMATTERS[format](transcript));
}

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Each file's result as a whole. */
class OneByOne implements Results {
  readonly #write: Write;
  readonly #format: (file: string, transcript: Transcript) => string;

  constructor(write: Write, format: (file: string, transcript: Transcript) => string) {
    this.#write = write;
    this.#format = format;
  }

  async begin(): Promise<void> {}
  async final(): Promise<void> {}

  done(file: string, transcript: Transcript): Promise<void> {
    return this.#write(this.#format(file, transcript));
  }

  async failed(): Promise<void> {}
  async finish(): Promise<void> {}
}

/** A line for each final, as it comes. */
class Lines implements Results {
  protected readonly write: Write;

  constructor(write: Write) {
    this.write = write;
  }

  async begin(_file: string): Promise<void> {}

  async final({ text }: Final): Promise<void> {
    if (text.trim() !== '') await this.write(`${text.trim()}\n`);
  }

  async done(_file: string, _transcript: Transcript): Promise<void> {}
  async failed(): Promise<void> {}
  async finish(): Promise<void> {}
}

/** Text of several files, each under its name. */
class HeadedText extends Lines {
  readonly #asItComes: boolean;
  #files = 0;

  constructor(write: Write, asItComes: boolean) {
    super(write);
    this.#asItComes = asItComes;
  }

  override async begin(file: string): Promise<void> {
    if (this.#asItComes) await this.#head(file);
  }

  override async final(final: Final): Promise<void> {
    if (this.#asItComes) await super.final(final);
  }

  override async done(file: string, transcript: Transcript): Promise<void> {
    if (this.#asItComes) return;
    await this.#head(file);
    await this.write(FORMATTERS.text(transcript));
  }

  async #head(file: string): Promise<void> {
    await this.write(`${this.#files++ === 0 ? '' : '\n'}${file}:\n`);
  }
}

/** One array, an object for each file, written as the files are done; whole also when the command is ended early. */
class JsonArray implements Results {
  readonly #write: Write;
  #objects = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  async begin(): Promise<void> {}
  async final(): Promise<void> {}

  done(file: string, transcript: Transcript): Promise<void> {
    return this.#add({ file, ...jsonTranscript(transcript) });
  }

  failed(file: string, error: string): Promise<void> {
    return this.#add({ file, error });
  }

  finish(): Promise<void> {
    return this.#write(this.#objects === 0 ? '[]\n' : '\n]\n');
  }

  #add(value: object): Promise<void> {
    const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return this.#write(`${this.#objects++ === 0 ? '[\n' : ',\n'}  ${text}`);
  }
}
