import type { FileEntry } from './file-entry.ts';

/** Sent at once. More would only share the same line. */
export const UPLOADS_AT_ONCE = 2;

/** `list` with what `change` makes of the entry `id`; as it is where there is none. */
export const changed = (
  list: readonly FileEntry[],
  id: string,
  change: (entry: FileEntry) => FileEntry,
): readonly FileEntry[] => list.map((entry) => (entry.id === id ? change(entry) : entry));

/**
 * The files whose turn it is to be sent. One that the server had no room for keeps its place: the next would be refused as
 * well.
 */
export const nextUploads = (list: readonly FileEntry[]): readonly FileEntry[] => {
  const busy = list.filter(({ state }) => state.kind === 'uploading' || state.kind === 'delayed').length;
  return list
    .filter(({ state }) => state.kind === 'waiting')
    .toSorted((one, other) => one.turn - other.turn)
    .slice(0, Math.max(0, UPLOADS_AT_ONCE - busy));
};

/** The file of `list` that `file` is, as far as its name and its size tell. */
export const isSameFile = ({ name, bytes }: Pick<FileEntry, 'name' | 'bytes'>, file: File): boolean =>
  file.name === name && file.size === bytes;
