/** Signatures of what people call audio files: the text that stands at an offset, and the format's name. */
const SIGNATURES: readonly (readonly [offset: number, text: string, name: string])[] = [
  [0, 'ID3', 'an MP3 file'],
  [0, 'fLaC', 'a FLAC file'],
  [0, 'OggS', 'an Ogg file'],
  [4, 'ftyp', 'an MP4 or M4A file'],
  [0, '\x1a\x45\xdf\xa3', 'a WebM or Matroska file'],
  [0, 'FORM', 'an AIFF file'],
  [0, 'caff', 'a CAF file'],
  [0, '.snd', 'an AU file'],
  [0, '#!AMR', 'an AMR file'],
  [0, '\x30\x26\xb2\x75', 'a Windows Media file'],
  [0, 'RIFF', 'a RIFF file without audio of the WAVE kind'],
];

/** What kind of file begins with these bytes, with its article; null if that is not known. */
export function formatName(start: Uint8Array): string | null {
  const text = Buffer.from(start).toString('latin1');
  const found = SIGNATURES.find(([offset, signature]) => text.startsWith(signature, offset));
  if (found !== undefined) return found[2];
  // MPEG audio without a tag: 11 set bits of sync; then the layer, which is 0 in AAC's ADTS.
  const isMpegSync = start[0] === 0xff && ((start[1] ?? 0) & 0xe0) === 0xe0;
  if (!isMpegSync) return null;
  return ((start[1] ?? 0) & 0x06) === 0 ? 'an AAC file' : 'an MP3 file';
}
