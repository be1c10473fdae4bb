import { type ConnectionChange, StreamClient, VerbatimApi } from '@verbatim/client';
import type { Io } from '../io.ts';
import type { Backend } from './backend.ts';

const ASK_TIMEOUT_MS = 5_000;

/**
 * A running server, over its WebSocket door.
 * @param server ws, wss, http or https; a path is kept as a prefix.
 * @throws ClientError for what is no such address.
 */
export function createServerBackend(io: Io, server: string): Backend {
  const api = new VerbatimApi({ server });
  const signal = io.interruption();
  const onConnection = (change: ConnectionChange) => {
    const sentence = sentenceOn(change);
    if (sentence !== null) io.stderr.write(`${sentence}\n`);
  };
  return {
    open: (request) => StreamClient.open({ server, request, signal, onConnection }),
    model: async (requested) => requested ?? (await defaultModel(api, signal)),
    async [Symbol.asyncDispose]() {},
  };
}

const sentenceOn = (change: ConnectionChange): string | null => {
  if (change.state !== 'lost') return 'The connection is back; nothing was lost.';
  return change.attempt === 1 ? 'The connection to the server was lost; taking it up again…' : null;
};

/** Null for a server that does not say, such as one behind a proxy that passes on nothing but the stream. */
async function defaultModel(api: VerbatimApi, signal: AbortSignal): Promise<string | null> {
  try {
    const models = await api.models(AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]));
    return models.find((model) => model.default)?.id ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
