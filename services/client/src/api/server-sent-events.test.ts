import { describe, expect, it } from 'vitest';
import { all } from '../testing/all.ts';
import { serverSentEvents } from './server-sent-events.ts';

const STREAM =
  'data: {"text":"Größe 😀"}\n\n: still here\n\nevent: final\r\nid: 7\r\ndata: one\r\ndata: two\r\n\r\ndata: cut off';
const bytes = new TextEncoder().encode(STREAM);

/** A body that comes in pieces. */
const bodyOf = (pieces: readonly Uint8Array[], onCancel = () => {}): ReadableStream<Uint8Array> => {
  const waiting = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = waiting.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel: onCancel,
  });
};

describe('server-sent events', () => {
  it('are the same wherever the stream is cut', async () => {
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const events = await all(serverSentEvents(bodyOf(pieces)));
      expect(events, `pieces of ${size} bytes`).toEqual(['{"text":"Größe 😀"}', 'one\ntwo']);
    }
  });

  it('let go of the connection when nobody reads on', async () => {
    let isCancelled = false;
    const body = bodyOf([bytes, bytes], () => {
      isCancelled = true;
    });
    for await (const _ of serverSentEvents(body)) break;
    expect(isCancelled).toBe(true);
  });
});
