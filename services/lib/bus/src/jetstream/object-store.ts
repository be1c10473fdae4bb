import { makeFile } from '../new-file.ts';
import { checkObjectKey, keyIsTaken } from '../object-rules.ts';
import type { ObjectStore } from '../ports.ts';
import type { NatsLink } from './link.ts';
import { OBJECTS_STREAM, objectSubjects } from './names.ts';
import { downloadObject } from './object-download.ts';
import { findObjectEnd } from './object-end.ts';
import { ObjectUpload } from './object-upload.ts';
import { orAborted } from './or-aborted.ts';
import { UploadRemains } from './upload-remains.ts';

/**
 * Objects in a JetStream stream, in nats-server's memory: chunks, each at a subject of its own, and a record behind them.
 * A stream of our own rather than the library's object store: docs/decisions/0011.
 */
export class JetStreamObjectStore implements ObjectStore {
  readonly #link: NatsLink;
  readonly #remains: UploadRemains;

  constructor(link: NatsLink) {
    this.#link = link;
    this.#remains = new UploadRemains(link);
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ readonly bytes: number }> {
    checkObjectKey(key);
    const { wire, there } = await this.#link.attempt('take the file', async (wire) => ({
      wire,
      there: await findObjectEnd(wire, key),
    }));
    if (there !== null) throw keyIsTaken(key);
    const upload = new ObjectUpload(wire, key, this.#link.settings.patienceMs);
    try {
      return { bytes: await upload.write(content, maxBytes) };
    } catch (error) {
      await this.#remains.remove(upload.place, error);
      throw error;
    }
  }

  async fetch(key: string, path: string, signal: AbortSignal): Promise<boolean> {
    checkObjectKey(key);
    signal.throwIfAborted();
    const found = await orAborted(
      this.#link.attempt('read the file', (wire) => findObjectEnd(wire, key)),
      signal,
    );
    if (found === null) return false;
    return await makeFile(path, (file) => downloadObject(this.#link, key, found.end, file, signal));
  }

  async erase(key: string): Promise<void> {
    const filter = objectSubjects(key);
    await this.#link.attempt('erase the file', (wire) => wire.jsm.streams.purge(OBJECTS_STREAM, { filter }));
  }
}
