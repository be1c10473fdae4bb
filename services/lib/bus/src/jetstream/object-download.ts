import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Pipeline } from './chunks.ts';
import { REQUEST_MS } from './connection.ts';
import type { NatsLink } from './link.ts';
import { messageAt } from './message-at.ts';
import { chunkSubject, OBJECTS_STREAM, type UploadPlace } from './names.ts';
import type { ObjectEnd } from './object-end.ts';
import { orAborted } from './or-aborted.ts';
import type { Wire } from './wire.ts';

/** Chunks asked for at once, and held in memory at most. */
const UNDER_WAY = 8;

/**
 * Writes the object to `file`. False if a part of it is gone, or it is not what was put. A connection that is lost costs
 * time only: each chunk is asked for again.
 */
export const downloadObject = async (
  link: NatsLink,
  key: string,
  { upload, bytes, chunks, sha256 }: ObjectEnd,
  file: FileHandle,
  signal: AbortSignal,
): Promise<boolean> => {
  const hash = createHash('sha256');
  const pipeline = new Pipeline<Uint8Array | null>(UNDER_WAY);
  let written = 0;
  for (let asked = 0; asked < chunks || !pipeline.isEmpty; ) {
    while (asked < chunks && !pipeline.isFull) pipeline.start(getChunk(link, { key, upload }, asked++));
    const chunk = await orAborted(pipeline.next(), signal);
    if (chunk === null) return false;
    hash.update(chunk);
    await file.writeFile(chunk);
    written += chunk.length;
  }
  return written === bytes && hash.digest('hex') === sha256;
};

/** Null if it is gone. */
const getChunk = (link: NatsLink, place: UploadPlace, index: number): Promise<Uint8Array | null> =>
  link.attempt('read the file', async (wire) => {
    const subject = chunkSubject(place, index);
    // A replica that is a little behind may not have it yet.
    return (await getDirectly(wire, subject)) ?? (await messageAt(wire, OBJECTS_STREAM, subject))?.data ?? null;
  });

/** From any replica, without the encoding as JSON that the leader's answers have. */
const getDirectly = async (wire: Wire, subject: string): Promise<Uint8Array | null> => {
  const message = await wire.nc.request(`$JS.API.DIRECT.GET.${OBJECTS_STREAM}.${subject}`, '', { timeout: REQUEST_MS });
  const { code = 0, description = '' } = message.headers ?? {};
  if (code === 404) return null;
  if (code !== 0) throw new Error(`nats-server answered with status ${code}: ${description}`);
  return message.data;
};
