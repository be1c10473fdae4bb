import { z } from 'zod';
import { serverAddress } from '../client/server-address.ts';
import { StreamClient } from '../client/stream-client.ts';
import type { Io } from '../io.ts';
import type { Backend } from './backend.ts';

const modelsSchema = z.object({ models: z.array(z.object({ id: z.string(), default: z.boolean() })) });
const ASK_TIMEOUT_MS = 5_000;

/**
 * A running server, over its WebSocket door.
 * @param url ws, wss, http or https; without a path, the door's usual one.
 * @throws UsageError for what is no such address.
 */
export function createServerBackend(io: Io, url: string): Backend {
  const address = serverAddress(url);
  const signal = io.interruption();
  return {
    open: (request) =>
      StreamClient.open({
        url: address.stream,
        request,
        signal,
        onNotice: (sentence) => void io.stderr.write(`${sentence}\n`),
      }),
    model: async (requested) => requested ?? (await defaultModel(address.models, signal)),
    async [Symbol.asyncDispose]() {},
  };
}

/** Null for a server that does not say, such as one behind a proxy that passes on nothing but the stream. */
async function defaultModel(url: URL, signal: AbortSignal): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]) });
    return modelsSchema.parse(await answer.json()).models.find((model) => model.default)?.id ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
