import { SttError } from '@verbatim/contracts';
import { REQUEST_MS } from './connection.ts';
import { isNoResponders, type NatsLink } from './link.ts';
import {
  chunkSubjects,
  FIRST_CHUNK_SUBJECTS,
  OBJECTS_STREAM,
  type UploadPlace,
  uploaderSubject,
  uploadOfChunk,
} from './names.ts';
import { findObjectEnd } from './object-end.ts';
import type { Wire } from './wire.ts';

/** A full store refuses many; one look around for what was abandoned does for all of them. */
const LOOK_EVERY_MS = 10_000;

/** Removes what uploads leave behind that did not come to their end: this process's own, and those of processes that died. */
export class UploadRemains {
  readonly #link: NatsLink;
  readonly #failed = new Set<UploadPlace>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(link: NatsLink) {
    this.#link = link;
    link.onUp((wire) => void this.#removeFailed(wire));
  }

  /**
   * Removes an upload's chunks, now or when the server is back. Where it failed for want of room, this begins to remove
   * those of processes that died, too.
   */
  async remove(place: UploadPlace, failure: unknown): Promise<void> {
    this.#failed.add(place);
    const { wire } = this.#link;
    if (wire === null || wire.down.aborted) return;
    await this.#removeFailed(wire);
    if (failure instanceof SttError && failure.code === 'no_capacity') this.#lookForAbandoned(wire);
  }

  #lookForAbandoned(wire: Wire): void {
    const now = this.#link.settings.clock.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    removeAbandoned(wire).catch(() => {
      // Whoever finds the store full next looks again.
    });
  }

  async #removeFailed(wire: Wire): Promise<void> {
    for (const place of this.#failed) {
      try {
        await removeUpload(wire, place);
        this.#failed.delete(place);
      } catch {
        // The next connection or the next upload that fails tries again, and their age ends them.
        return;
      }
    }
  }
}

const removeUpload = async (wire: Wire, place: UploadPlace): Promise<void> => {
  const { streams } = wire.jsm;
  await streams.purge(OBJECTS_STREAM, { filter: chunkSubjects(place) });
  // Written, and only its acknowledgement lost.
  const found = await findObjectEnd(wire, place.key);
  if (found?.end.upload === place.upload) await streams.deleteMessage(OBJECTS_STREAM, found.sequence, false);
};

/** Removes the chunks that nobody is writing to and that no record makes an object of: their process was killed. */
const removeAbandoned = async (wire: Wire): Promise<void> => {
  const { state } = await wire.jsm.streams.info(OBJECTS_STREAM, { subjects_filter: FIRST_CHUNK_SUBJECTS });
  for (const subject of Object.keys(state.subjects ?? {})) {
    const place = uploadOfChunk(subject);
    if (place === null || (await isBeingWritten(wire, place))) continue;
    // Asked for after its writer, who answers until the record is there.
    const found = await findObjectEnd(wire, place.key);
    if (found?.end.upload !== place.upload) await removeUpload(wire, place);
  }
};

const isBeingWritten = async (wire: Wire, { upload }: UploadPlace): Promise<boolean> => {
  try {
    await wire.nc.request(uploaderSubject(upload), '', { timeout: REQUEST_MS });
    return true;
  } catch (error) {
    // A process that is frozen does not answer, but may go on.
    return !isNoResponders(error);
  }
};
