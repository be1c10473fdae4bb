import { createHash, randomBytes } from 'node:crypto';
import { headers } from '@nats-io/transport-node';
import { SttError } from '@verbatim/contracts';
import { keyIsTaken, limited, storeIsFull } from '../object-rules.ts';
import { chunksOf, Pipeline } from './chunks.ts';
import { chunkSubject, objectEndSubject, type UploadPlace, uploaderSubject } from './names.ts';
import type { ObjectEnd } from './object-end.ts';
import { MAX_CHUNK_BYTES } from './topology.ts';
import type { Wire } from './wire.ts';
import { parseJson, publishAckSchema } from './wire-schemas.ts';

/**
 * Chunks that the server has not confirmed yet. A megabyte under way fills a link of 1 Gbit/s with an answer in 8 ms; more
 * would make the audio of live sessions wait behind it.
 */
const UNDER_WAY = 8;
const WRONG_LAST_SEQUENCE = 10_071;
/** The stream, the account or the server has as much as it may have: "maximum bytes exceeded", "insufficient resources". */
const FULL = [10_077, 10_023, 10_028, 10_047];

/**
 * One try to put an object, over one connection: a server that was away in between may have lost its memory, and the
 * source cannot be asked twice. Its chunks mean nothing before the record at their end is written.
 */
export class ObjectUpload {
  readonly place: UploadPlace;
  readonly #wire: Wire;
  readonly #patienceMs: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #chunks = 0;
  #lastSequence = 0;

  constructor(wire: Wire, key: string, patienceMs: number) {
    this.place = { key, upload: randomBytes(12).toString('base64url') };
    this.#wire = wire;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with the object's size when it can be fetched; nothing is on its way any more when it rejects. */
  async write(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
    const answering = this.#wire.nc.subscribe(uploaderSubject(this.place.upload), {
      callback: (_, message) => void message.respond(),
    });
    try {
      await this.#writeChunks(limited(content, maxBytes));
      await this.#writeEnd();
      return this.#bytes;
    } finally {
      answering.unsubscribe();
    }
  }

  async #writeChunks(content: AsyncIterable<Uint8Array>): Promise<void> {
    const size = Math.min(MAX_CHUNK_BYTES, Math.floor(this.#wire.maxPayload / 4));
    const pipeline = new Pipeline<number>(UNDER_WAY);
    try {
      for await (const chunk of chunksOf(content, size)) {
        if (pipeline.isFull) this.#confirm(await pipeline.next());
        this.#hash.update(chunk);
        this.#bytes += chunk.length;
        pipeline.start(this.#store(chunkSubject(this.place, this.#chunks++), chunk));
      }
      while (!pipeline.isEmpty) this.#confirm(await pipeline.next());
    } finally {
      await pipeline.settle();
    }
  }

  /** A stream that counts from 1 again has lost its memory although this connection went on, as it may in a cluster. */
  #confirm(sequence: number): void {
    if (sequence <= this.#lastSequence) throw isLost(new Error('The stream lost what it had.'));
    this.#lastSequence = sequence;
  }

  async #writeEnd(): Promise<void> {
    const sha256 = this.#hash.digest('hex');
    const end: ObjectEnd = { upload: this.place.upload, bytes: this.#bytes, chunks: this.#chunks, sha256 };
    this.#confirm(await this.#store(objectEndSubject(this.place.key), JSON.stringify(end), 0));
  }

  /** The sequence of the stored message. With `expectedLast` there must be no later one at the subject than that. */
  async #store(subject: string, data: Uint8Array | string, expectedLast?: number): Promise<number> {
    const options = {
      timeout: this.#patienceMs,
      ...(expectedLast !== undefined && { headers: expecting(expectedLast) }),
    };
    const reply = await this.#wire.nc.request(subject, data, options).catch((error: unknown) => {
      throw isLost(error);
    });
    const ack = parseJson(publishAckSchema, reply.data);
    if (ack?.error?.err_code === WRONG_LAST_SEQUENCE) throw keyIsTaken(this.place.key);
    if (ack?.error !== undefined) throw refusalOf(ack.error);
    if (ack?.seq === undefined) throw isLost(new Error('nats-server acknowledged without a sequence.'));
    return ack.seq;
  }
}

const expecting = (sequence: number) => {
  const expected = headers();
  expected.set('Nats-Expected-Last-Subject-Sequence', String(sequence));
  return expected;
};

const refusalOf = ({ err_code, description }: { err_code: number; description: string }): SttError => {
  const cause = new Error(`nats-server did not store: ${description} (${err_code})`);
  return FULL.includes(err_code) ? storeIsFull(cause) : isLost(cause);
};

const isLost = (cause: unknown): SttError =>
  new SttError('unavailable', 'The message bus went away while the server took the file. Send it again in a second.', {
    retryAfterMs: 1_000,
    cause,
  });
