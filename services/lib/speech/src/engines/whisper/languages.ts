/** Languages whose code in Whisper is not today's BCP-47 subtag. */
const renamed = new Map([['jv', 'jw']]);

/** Whisper's code for a BCP-47 primary subtag. */
export const whisperCode = (language: string): string => renamed.get(language) ?? language;

const published = new Map([...renamed].map(([subtag, code]) => [code, subtag]));

/** The BCP-47 primary subtag for one of Whisper's codes. */
export const subtagOf = (code: string): string => published.get(code) ?? code;
