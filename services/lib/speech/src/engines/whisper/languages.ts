/**
 * The languages of OpenAI's Whisper in the order of their tokens, by the model's own codes: BCP-47 primary subtags but
 * for `jw`, which BCP 47 replaced by `jv` (Javanese). From openai/whisper, whisper/tokenizer.py.
 */
export const whisperLanguages = (
  'en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy ' +
  'sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo ' +
  'uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su'
).split(' ') as readonly string[];

/** Cantonese came with large-v3, after all the others. */
export const whisperLanguagesV3: readonly string[] = [...whisperLanguages, 'yue'];

/** BCP 47's name of a language that Whisper names by `code`. */
export const languageOfWhisper = (code: string): string => (code === 'jw' ? 'jv' : code);

/** Whisper's code of a language, by BCP 47's name or by its own. */
export const whisperCode = (language: string): string => (language === 'jv' ? 'jw' : language);
