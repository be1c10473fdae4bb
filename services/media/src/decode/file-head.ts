import { open } from 'node:fs/promises';
import { type FileKind, sniff } from '@verbatim/audio';

const HEAD_BYTES = 4_100;

/** What a file looks like from outside. */
export interface FileHead {
  readonly kind: FileKind;
  /** All of it. */
  readonly bytes: number;
}

/** Reads no more than a file's beginning. */
export async function readHead(path: string): Promise<FileHead> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { kind: sniff(buffer.subarray(0, bytesRead)), bytes: size };
  } finally {
    await file.close();
  }
}
