import type { SpeechRuntime } from '@verbatim/speech';
import { normaliseWords } from '../../support/normalise-words.ts';
import { addErrors, type WordErrors, wordErrorRate, wordErrors } from '../../support/word-alignment.ts';
import type { Clip } from '../corpus.ts';
import { fixed, formatTable } from '../table.ts';
import type { FasterWhisper } from './references.ts';

export interface ClipText {
  readonly id: string;
  readonly language: string;
  readonly reference: string;
  readonly text: string;
  readonly heard: string;
  readonly errors: WordErrors;
  readonly other: { readonly text: string; readonly heard: string; readonly errors: WordErrors } | null;
}

export interface TextsResult {
  readonly englishWer: number | null;
  readonly otherEnglishWer: number | null;
  readonly clips: readonly ClipText[];
}

/** Written without spaces between words: errors are counted by character. */
const BY_CHARACTER = new Set(['ja', 'zh']);

/** Words, or characters, to compare: without case, width and punctuation. */
export function unitsOf(text: string, language: string): string[] {
  if (language === 'en') return normaliseWords(text);
  const plain = text
    .normalize('NFKC')
    .toLocaleLowerCase(language)
    .replace(/[^\p{L}\p{N}\s]/gu, '');
  return BY_CHARACTER.has(language)
    ? [...plain.replace(/\s/gu, '')]
    : plain.split(/\s+/u).filter((word) => word !== '');
}

/** Whole clips: English with its language given, the others with theirs to be heard. */
export async function compareTexts(
  runtime: SpeechRuntime,
  clips: readonly (Clip & { readonly language: string })[],
  other: FasterWhisper | null,
  signal: AbortSignal,
): Promise<TextsResult> {
  const texts: ClipText[] = [];
  for (const { id, language, text: reference, pcm16 } of clips) {
    signal.throwIfAborted();
    const given = language === 'en' ? 'en' : undefined;
    const ours = await runtime.decode(pcm16, { language: given, thorough: true });
    const theirs = await other?.transcribe(pcm16, given ?? null);
    const errorsOf = (text: string) => wordErrors(unitsOf(reference, language), unitsOf(text, language));
    texts.push({
      ...{ id, language, reference, text: ours.text, heard: ours.language, errors: errorsOf(ours.text) },
      other: theirs ? { text: theirs.text, heard: theirs.language, errors: errorsOf(theirs.text) } : null,
    });
  }
  const english = texts.filter(({ language }) => language === 'en');
  return {
    englishWer: wordErrorRate(addErrors(english.map(({ errors }) => errors))),
    otherEnglishWer: other && wordErrorRate(addErrors(english.flatMap(({ other: theirs }) => theirs?.errors ?? []))),
    clips: texts,
  };
}

export function printTexts({ clips, englishWer, otherEnglishWer }: TextsResult, print: (text: string) => void): void {
  print('TEXTS of whole clips: errors in percent, of words, or of characters for ja and zh');
  const languages = [...new Set(clips.map(({ language }) => language))];
  const rows = languages.map((language) => {
    const mine = clips.filter((clip) => clip.language === language);
    const right = mine.filter(({ heard }) => heard === language).length;
    const theirs = mine.flatMap(({ other }) => other ?? []);
    const theirRight = theirs.filter(({ heard }) => heard === language).length;
    return [
      ...[language, mine.length, fixed(wordErrorRate(addErrors(mine.map(({ errors }) => errors))), 2)],
      theirs.length === 0 ? '-' : fixed(wordErrorRate(addErrors(theirs.map(({ errors }) => errors))), 2),
      ...(language === 'en' ? ['given', 'given'] : [`${right}/${mine.length}`, `${theirRight}/${theirs.length}`]),
    ];
  });
  print(formatTable(['language', 'clips', 'here', 'faster-whisper', 'heard right', 'by faster-whisper'], rows));
  print(`English: ${fixed(englishWer, 2)}% here, ${fixed(otherEnglishWer, 2)}% with faster-whisper`);
  for (const { id, language, heard, reference, text } of clips.filter((clip) => clip.language !== 'en')) {
    print(`  ${id} (${language}, heard ${heard})\n    said: ${reference}\n    here: ${text}`);
  }
}
