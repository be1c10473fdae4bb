/** The boxes of an MP4 on the way to its sound's data reference (ISO/IEC 14496-12). */
const WAY = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref'];
const HEAD_BYTES = 8;

/**
 * For tests: a QuickTime file, whose index stands at its end, made to say that its samples lie in the file `path`: its data
 * reference becomes an alias (QuickTime File Format, "Data reference atoms"; Apple's Alias Manager, record version 2).
 */
export function withSamplesIn(file: Buffer, path: string): Buffer {
  const places: number[] = [];
  for (const type of WAY) places.push(childOf(file, places.at(-1), type));
  const dref = places.at(-1)!;
  const first = dref + HEAD_BYTES + 8;
  const alias = aliasTo(path);
  const grown = alias.length - file.readUInt32BE(first);
  const changed = Buffer.concat([file.subarray(0, first), alias, file.subarray(first + file.readUInt32BE(first))]);
  for (const at of places) changed.writeUInt32BE(file.readUInt32BE(at) + grown, at);
  return changed;
}

function childOf(file: Buffer, parent: number | undefined, type: string): number {
  const end = parent === undefined ? file.length : parent + file.readUInt32BE(parent);
  for (let at = parent === undefined ? 0 : parent + HEAD_BYTES; at < end; at += file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === type) return at;
  }
  throw new Error(`The file has no ${type}.`);
}

function aliasTo(path: string): Buffer {
  const name = path.split('/').at(-1)!;
  const record = Buffer.alloc(150);
  const absolute = Buffer.from(path.length % 2 === 0 ? path : `${path}\0`);
  record[50] = name.length;
  record.write(name, 51);
  // Levels from here to there: unknown.
  record.writeInt16BE(-1, 130);
  record.writeInt16BE(-1, 132);
  const entry = Buffer.alloc(4);
  // A path from the root on.
  entry.writeInt16BE(2, 0);
  entry.writeInt16BE(path.length, 2);
  const end = Buffer.from([0xff, 0xff, 0, 0]);
  const body = Buffer.concat([Buffer.alloc(4), record, entry, absolute, end]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(HEAD_BYTES + body.length, 0);
  head.write('alis', 4);
  return Buffer.concat([head, body]);
}
