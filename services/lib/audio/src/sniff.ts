/** What a file's first bytes say that it is; `name` with its article, for messages. */
export type FileKind =
  | { readonly type: 'wav' }
  | { readonly type: 'media'; readonly name: string }
  | { readonly type: 'other'; readonly name: string }
  | { readonly type: 'unknown' };

type Signature = readonly [offset: number, bytes: string, name: string];

/**
 * Of Latin-1 text. Pictures in MP4's container come before MP4. Each has three bytes and more: audio that was cut in the
 * middle of a frame begins with any two, and ffmpeg plays it.
 */
const OTHERS: readonly Signature[] = [
  [0, '%PDF-', 'a PDF document'],
  [0, 'PK\x03\x04', 'a ZIP archive'],
  [0, '\x1f\x8b\x08', 'a gzip archive'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  [0, 'Rar!\x1a\x07', 'a RAR archive'],
  [0, '\x89PNG\r\n\x1a\n', 'an image'],
  [0, '\xff\xd8\xff', 'an image'],
  [0, 'GIF8', 'an image'],
  [8, 'WEBP', 'an image'],
  [4, 'ftypavif', 'an image'],
  [4, 'ftypheic', 'an image'],
  [4, 'ftypmif1', 'an image'],
  [0, '\x7fELF', 'a program'],
  [0, 'MZ\x90\0', 'a program'],
  [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an Office document'],
  [0, 'SQLite format 3\0', 'a database'],
];

const MEDIA: readonly Signature[] = [
  [0, 'ID3', 'an MP3 file'],
  [0, 'fLaC', 'a FLAC file'],
  [0, 'OggS', 'an Ogg file'],
  [4, 'ftyp', 'an MP4 or M4A file'],
  [4, 'moov', 'a QuickTime file'],
  [4, 'mdat', 'a QuickTime file'],
  [4, 'wide', 'a QuickTime file'],
  [0, '\x1a\x45\xdf\xa3', 'a WebM or Matroska file'],
  [0, 'FORM', 'an AIFF file'],
  [0, 'caff', 'a CAF file'],
  [0, '.snd', 'an AU file'],
  [0, '#!AMR', 'an AMR file'],
  [0, '\x30\x26\xb2\x75', 'a Windows Media file'],
  [0, 'FLV\x01', 'a Flash video'],
  [0, '\0\0\x01\xba', 'an MPEG video'],
  [0, 'wvpk', 'a WavPack file'],
  [0, 'TTA1', 'a True Audio file'],
  [0, 'riff\x2e\x91\xcf\x11', 'a Wave64 file'],
  [0, 'MAC ', "a Monkey's Audio file"],
  [0, '\x0b\x77', 'an AC-3 file'],
  [8, 'AVI ', 'an AVI video'],
];

/** What begins with these bytes; a few thousand of them are enough. */
export function sniff(head: Uint8Array): FileKind {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  if (/^(RIFF|RF64|BW64).{4}WAVE/s.test(text)) return { type: 'wav' };
  const other = named(text, OTHERS);
  if (other !== null) return { type: 'other', name: other };
  // Before MPEG audio, whose sync the mark of UTF-16 looks like.
  const wide = wideTextName(head);
  if (wide !== null) return { type: 'other', name: wide };
  const media = named(text, MEDIA) ?? mpegName(head);
  if (media !== null) return { type: 'media', name: media };
  const written = textName(decodedAs('utf-8', head));
  return written === null ? { type: 'unknown' } : { type: 'other', name: written };
}

const named = (text: string, signatures: readonly Signature[]): string | null =>
  signatures.find(([offset, bytes]) => text.startsWith(bytes, offset))?.[2] ?? null;

const TS_PACKET = 188;

/** MPEG audio without a tag: 11 set bits of sync; then the layer, which is 0 in AAC's ADTS. Transport streams: a sync in each packet. */
const mpegName = (head: Uint8Array): string | null => {
  if (head[0] === 0x47 && head[TS_PACKET] === 0x47) return 'an MPEG transport stream';
  if (head[0] !== 0xff || ((head[1] ?? 0) & 0xe0) !== 0xe0) return null;
  return ((head[1] ?? 0) & 0x06) === 0 ? 'an AAC file' : 'an MP3 file';
};

/** Text in UTF-16 with its mark. Frames of audio hold control characters and halves of surrogates soon enough. */
const wideTextName = (head: Uint8Array): string | null => {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return textName(decodedAs('utf-16le', head));
  return first === 0xfe && second === 0xff ? textName(decodedAs('utf-16be', head)) : null;
};

/** Without a mark at the beginning; what is no character becomes U+FFFD; the last one may be cut. */
const decodedAs = (encoding: string, bytes: Uint8Array): string =>
  new TextDecoder(encoding).decode(bytes, { stream: true });

/** Text without control characters but those of lines and tabs. */
const textName = (text: string): string | null => {
  if (text === '' || /[^\P{Cc}\t\n\r\f]|\ufffd/u.test(text)) return null;
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'an HTML page';
  return text.startsWith('#EXTM3U') ? 'a playlist' : 'a text file';
};
