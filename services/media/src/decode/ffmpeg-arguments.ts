/**
 * Containers that hold audio themselves, by the names of ffmpeg's demuxers. None of them names other files or addresses:
 * no playlists, no lists of files, no manifests, no devices.
 */
const FORMATS = [
  ...['wav', 'w64', 'mp3', 'mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'flac', 'ogg', 'matroska', 'webm', 'aac', 'asf'],
  ...['amr', 'amrnb', 'amrwb', 'aiff', 'caf', 'au', 'mpegts', 'mpeg', 'avi', 'flv', 'ac3', 'eac3', 'ape', 'wv', 'tta'],
];

/** Containers whose length is a guess by their size and bit rate. */
const GUESSING = new Set(['aac', 'mp3', 'ac3', 'eac3', 'mpeg', 'mpegts', 'amr']);

export const guessesLength = (container: string): boolean => GUESSING.has(container);

/** Containers that tell one length for all that they hold: a picture may go on where the sound has ended. */
const OF_EVERYTHING = new Set(['matroska,webm', 'flv']);

/** Whether a file that holds less audio than it announces was cut short. */
export const tellsAudioLength = (container: string): boolean =>
  !guessesLength(container) && !OF_EVERYTHING.has(container);

/** Of one block in memory: files that claim huge tables are refused before they get them. */
const MAX_ALLOCATION_BYTES = 256 * 2 ** 20;

const reading = [
  ...['-v', 'error', '-hide_banner'],
  ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', FORMATS.join(',')],
  ...['-max_alloc', String(MAX_ALLOCATION_BYTES)],
];

/** `file:` before it makes any path a path: a name can begin with "-" or look like an address. */
const input = (path: string): string => `file:${path}`;

/** Asks ffprobe for what a file holds, as JSON. */
export const probeArguments = (path: string): string[] => [
  ...reading,
  ...['-select_streams', 'a:0'],
  ...['-show_entries', 'format=format_name,duration:stream=codec_type,codec_name,sample_rate,channels,duration'],
  ...['-of', 'json', input(path)],
];

/** Decodes a file's first audio to 16-bit mono samples at 16 kHz; `channel` null: all channels mixed. */
export const decodeArguments = (path: string, channel: number | null, maxSeconds: number): string[] => [
  '-nostdin',
  ...reading,
  ...['-threads', '1', '-i', input(path)],
  ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-threads', '1'],
  ...(channel === null ? [] : ['-af', `pan=mono|c0=c${channel}`]),
  ...['-ac', '1', '-ar', '16000', '-t', String(maxSeconds), '-f', 's16le', 'pipe:1'],
];
