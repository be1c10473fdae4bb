import { languageOfWhisper, whisperLanguages, whisperLanguagesV3 } from '../engines/whisper/languages.ts';
import type { Contents, ModelEntry, ModelFile, WhisperShape } from './catalogue.ts';

/** A file that is wholly known: bytes, and a SHA-256 or, for a file that the repository keeps in git, git's SHA-1. */
const pinned = (size: number, hash: string): Contents => ({
  size,
  ...(hash.length === 64 ? { sha256: hash } : { gitSha1: hash }),
});

/** A file of which only this is known here: the repository says the rest at the first download. */
const about = (bytes: number): Pick<ModelFile, 'about'> => ({ about: bytes });

type Known = Omit<ModelFile, 'name' | 'path'>;

interface WhisperRow extends Pick<ModelEntry, 'id' | 'aliases' | 'languages' | 'licence'> {
  readonly repository: string;
  readonly revision: string;
  readonly shape: WhisperShape;
  readonly config: Known;
  readonly generation: Known;
  readonly tokenizer: Known;
  readonly weights: Known;
}

const entryOf = ({ repository, revision, config, generation, tokenizer, weights, ...row }: WhisperRow): ModelEntry => ({
  ...row,
  family: 'whisper',
  source: { kind: 'huggingface', repository, revision },
  files: Object.entries({
    'config.json': config,
    'generation_config.json': generation,
    'tokenizer.json': tokenizer,
    'model.safetensors': weights,
  }).map(([name, known]) => ({ name, path: name, ...known })),
});

const shape = (width: number, encoder: number, decoder: number, vocabulary: number, mels: number): WhisperShape => ({
  d_model: width,
  encoder_layers: encoder,
  decoder_layers: decoder,
  vocab_size: vocabulary,
  num_mel_bins: mels,
});

const ENGLISH = ['en'] as const;
const MANY = whisperLanguages.map(languageOfWhisper);
const MANY_V3 = whisperLanguagesV3.map(languageOfWhisper);
const MANY_TOKENIZER = pinned(2_480_466, '27fc476bfe7f17299480be2273fc0608e4d5a99aba2ab5dec5374b4482d1a566');
const ENGLISH_TOKENIZER = pinned(2_405_679, '5eb60cec1e77aeeb6869a2bb5a8e01a84c3fe5d072d75369343021fe6f5310d0');

/**
 * OpenAI's Whisper in every size, and the distilled ones of the same layout. Each revision and hash was found in
 * public projects that pin the same (this project's machines do not reach the hub). Some weights are 16-bit floats
 * and some 32-bit: one file each, the one that the repository's own loader takes.
 */
export const WHISPER_MODELS: readonly ModelEntry[] = (
  [
    {
      id: 'whisper-tiny',
      repository: 'openai/whisper-tiny',
      revision: '169d4a4341b33bc18d8881c4b69c2e104e1cc0af',
      licence: 'Apache-2.0',
      languages: MANY,
      shape: shape(384, 4, 4, 51_865, 80),
      config: pinned(1_983, 'ffdccec4f3211f4c63310f2b7098f309fe70f3952cedc5e4d11e43f5b2379b98'),
      generation: pinned(3_747, 'a5d5325911f16e74001a72fa13d6e208eee51548f994646de1f4b4cc8b35b512'),
      tokenizer: MANY_TOKENIZER,
      weights: pinned(151_061_672, '7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395'),
    },
    {
      id: 'whisper-base',
      repository: 'openai/whisper-base',
      revision: 'e37978b90ca9030d5170a5c07aadb050351a65bb',
      licence: 'Apache-2.0',
      languages: MANY,
      shape: shape(512, 6, 6, 51_865, 80),
      config: pinned(1_983, 'a153c53883a6799b6f056b4a8d1a515c9926d03994682ba88a7616618d7da0c1'),
      generation: pinned(3_807, '444b3f636d2fff89dd9ecf549e2a085b61f7ff0fa0246d4628bac6a3b8cc9ba4'),
      tokenizer: MANY_TOKENIZER,
      weights: pinned(290_403_936, '07cadb9f25677c8d50df603e66a98fbd842cce45047139baeb16e6219a1e807b'),
    },
    {
      id: 'whisper-small',
      repository: 'openai/whisper-small',
      revision: '973afd24965f72e36ca33b3055d56a652f456b4d',
      licence: 'Apache-2.0',
      languages: MANY,
      shape: shape(768, 12, 12, 51_865, 80),
      config: pinned(1_967, 'e6a2b489da1b5aed65a8eb8d1e7466fa867ad5643a8bc138ba708bd56b2875c4'),
      generation: pinned(3_868, '71565b8ef50d0bf7a1193ed4bbed195b94e70c18894d81bba2f1233dcec3ab53'),
      tokenizer: MANY_TOKENIZER,
      weights: pinned(966_995_080, '1d7734884874f1a1513ed9aa760a4f8e97aaa02fd6d93a3a85d27b2ae9ca596b'),
    },
    {
      id: 'whisper-medium',
      repository: 'openai/whisper-medium',
      revision: 'abdf7c39ab9d0397620ccaea8974cc764cd0953e',
      licence: 'Apache-2.0',
      languages: MANY,
      shape: shape(1_024, 24, 24, 51_865, 80),
      config: pinned(1_991, '18706810eb740d1dc54d1db181358d5f8578600d0f449e51dfd4798c0223a1f5'),
      generation: pinned(3_755, '503290bc2da3923915d96a96ab96ddaa76e7ea18fbd4c5c1822a2947c82c86db'),
      tokenizer: MANY_TOKENIZER,
      weights: pinned(3_055_544_304, '62f73550fa6db24b0c6f6c5962bd0dae80fa644e93cde9cd9c3792971b47fd28'),
    },
    {
      id: 'whisper-large-v2',
      repository: 'openai/whisper-large-v2',
      revision: 'ae4642769ce2ad8fc292556ccea8e901f1530655',
      licence: 'Apache-2.0',
      languages: MANY,
      shape: shape(1_280, 32, 32, 51_865, 80),
      config: pinned(1_993, '5f1573015838f8d679678b09354b537061561c55fd22eecd129ef4cf8588a470'),
      generation: pinned(4_294, '031721643aab5be7250eb668c6b9b5c67d2549420522ac1291bfd346bfff6297'),
      tokenizer: MANY_TOKENIZER,
      weights: pinned(6_173_370_152, '57a1ba2a82c093cabff2541409ae778c97145378b9ddfa722763cb1cb8f9020b'),
    },
    {
      id: 'whisper-large-v3',
      aliases: ['whisper-large'],
      repository: 'openai/whisper-large-v3',
      revision: '06f233fe06e710322aca913c1bc4249a0d71fce1',
      licence: 'Apache-2.0',
      languages: MANY_V3,
      shape: shape(1_280, 32, 32, 51_866, 128),
      config: pinned(1_272, 'ad0e8d1e46f4d01f7861a21509e5d0f977d6cc1f367a370603c92541d819807b'),
      generation: pinned(3_903, 'fbdfa70135de9b1d31553393f14e80aaeb1936ea36576b2ba864055943c09d23'),
      tokenizer: pinned(2_480_617, '6d8cbd7cd0d8d5815e478dac67b85a26bbe77c1f5e0c6d76d1ce2abc0e5f21ca'),
      weights: pinned(3_087_130_976, 'a8e94b85976e5864ba3e9525c7e6c83b2a1eca42d4b797a0c7c24d778e40fd95'),
    },
    {
      id: 'whisper-large-v3-turbo',
      aliases: ['whisper-turbo'],
      repository: 'openai/whisper-large-v3-turbo',
      revision: '41f01f3fe87f28c78e2fbf8b568835947dd65ed9',
      licence: 'MIT',
      languages: MANY_V3,
      shape: shape(1_280, 32, 4, 51_866, 128),
      config: pinned(1_256, 'c5b526b3e3cd64cd8940dabb45e8ba726629e22d8ed389c29b552f9140daf04a'),
      generation: pinned(3_772, 'cce11bfe3aaa6ae9e072ea2637caaec8795e68d9b67e655a5af16ee509681a4c'),
      tokenizer: pinned(2_710_337, '297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd'),
      weights: pinned(1_617_824_864, '542566a422ae4f3fd23f1ba11add198fca01bbf82e66e6a2857b3f608b1eb9d1'),
    },
    {
      id: 'whisper-tiny.en',
      repository: 'openai/whisper-tiny.en',
      revision: '87c7102498dcde7456f24cfd30239ca606ed9063',
      licence: 'Apache-2.0',
      languages: ENGLISH,
      shape: shape(384, 4, 4, 51_864, 80),
      config: pinned(1_937, 'b5366317df280f79e6cc366f259f379674f81a8721d458acf2e00680ccb10b1d'),
      generation: pinned(1_621, '38744c19d5cede6ff4dab5079c6d6ddc02ca726960bbef208fb602ad5a030eab'),
      tokenizer: ENGLISH_TOKENIZER,
      weights: pinned(151_060_136, 'db59695928ded6043adaef491a53ef4e12da9611184d77c53baa691a60b958ad'),
    },
    {
      id: 'whisper-base.en',
      repository: 'openai/whisper-base.en',
      revision: '911407f4214e0e1d82085af863093ec0b66f9cd6',
      licence: 'Apache-2.0',
      languages: ENGLISH,
      shape: shape(512, 6, 6, 51_864, 80),
      config: pinned(1_937, '160c1df40a60d4ef5a6014d536fd845c33aabfd1f318458ac7f87cfe91ebbe76'),
      generation: pinned(1_531, 'c5750f05d94777579e00ce26ef65e5d87c108439f90e3ac519df2587b9d5d41f'),
      tokenizer: ENGLISH_TOKENIZER,
      weights: pinned(290_401_888, 'd4dd5542fd6a1d35639e21384238f3bfe6c557c849d392b5905d33ee29e71db5'),
    },
    {
      id: 'whisper-small.en',
      repository: 'openai/whisper-small.en',
      revision: 'e8727524f962ee844a7319d92be39ac1bd25655a',
      licence: 'Apache-2.0',
      languages: ENGLISH,
      shape: shape(768, 12, 12, 51_864, 80),
      config: pinned(1_943, '3441094addfb2a31ef62ea117e95bd6e437bbad8e93d3697fe420a4a6d3603a5'),
      generation: pinned(1_931, 'aad4e18c0fb1d063c5b38b4080cec3c4c8cdfff95e1de4797013470654a5a72a'),
      tokenizer: ENGLISH_TOKENIZER,
      weights: pinned(966_992_008, '6014ac49b506df900f66f4aca6b0801eed7245594ace97bcaf73e0ae5b863066'),
    },
    {
      id: 'whisper-medium.en',
      repository: 'openai/whisper-medium.en',
      revision: '2e98eb6279edf5095af0c8dedb36bdec0acd172b',
      licence: 'Apache-2.0',
      languages: ENGLISH,
      shape: shape(1_024, 24, 24, 51_864, 80),
      config: pinned(1_945, '64c74fbc447ac03a91057284c2bd1dc94dcbc427'),
      generation: pinned(1_947, '6f73a0ac0b2388ebe86bc4430db58a6292cbe835fc50009d5d74e8bb096ef5dc'),
      tokenizer: about(2_406_000),
      weights: pinned(3_055_540_208, '8f731340f569588236c21f794c33e83b7cc5a297511d2bdc30117ea969004311'),
    },
    {
      id: 'distil-small.en',
      repository: 'distil-whisper/distil-small.en',
      revision: '9e4a67ca4569c30be43a3fe7fba1621e504f0093',
      licence: 'MIT',
      languages: ENGLISH,
      shape: shape(768, 12, 4, 51_864, 80),
      config: about(2_000),
      generation: about(3_000),
      tokenizer: about(2_406_000),
      weights: about(332_000_000),
    },
    {
      id: 'distil-medium.en',
      repository: 'distil-whisper/distil-medium.en',
      revision: '6e61418885eaf4d5cc9f64e508e80ac5b4c052b7',
      licence: 'MIT',
      languages: ENGLISH,
      shape: shape(1_024, 24, 2, 51_864, 80),
      config: about(2_000),
      generation: about(3_000),
      tokenizer: about(2_406_000),
      weights: about(789_000_000),
    },
    {
      id: 'distil-large-v3',
      repository: 'distil-whisper/distil-large-v3',
      revision: '8031d2e6ce6631b7fc45629dddfc00271116d981',
      licence: 'MIT',
      languages: ENGLISH,
      shape: shape(1_280, 32, 2, 51_866, 128),
      config: about(2_000),
      generation: about(4_000),
      tokenizer: about(2_481_000),
      weights: about(1_513_000_000),
    },
    {
      id: 'distil-large-v3.5',
      repository: 'distil-whisper/distil-large-v3.5',
      revision: '728a7691f3ff1d3d971528d3203a6e9559165d41',
      licence: 'MIT',
      languages: ENGLISH,
      shape: shape(1_280, 32, 2, 51_866, 128),
      config: pinned(1_249, '515a10a9979258d3fc71cf79b2cd055c189f07d78879a15bd9bc282673308b85'),
      generation: pinned(4_249, 'b521c66612bd95be36c154f2d3904f6e4ea3be481a18a48f293d66791f60cf98'),
      tokenizer: pinned(2_480_645, 'b3c8202bbf06d8ee4232c5984baa563784ac4737e2e7fdc42fa180200d3cfcdb'),
      weights: pinned(3_025_686_376, '76ec9f754fc4b4810845dc36b71d1897c1342e702810c179e1569690084cfb0c'),
    },
  ] satisfies readonly WhisperRow[]
).map(entryOf);
