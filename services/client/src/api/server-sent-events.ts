import { createParser } from 'eventsource-parser';

/** The `data` of each event of a stream of server-sent events, cut anywhere; ends with the stream. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const waiting: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => waiting.push(data) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parser.feed(decoder.decode(read.value, { stream: true }));
      yield* waiting.splice(0);
    }
  } finally {
    // Lets go of the connection. Where that broke, reading has said so.
    await reader.cancel().catch(() => {});
  }
}
