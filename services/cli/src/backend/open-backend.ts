import type { Io } from '../io.ts';
import type { Backend } from './backend.ts';
import { createServerBackend } from './server-backend.ts';

/** The server that is named, or else the engine in this process, which is loaded only then. */
export async function openBackend(io: Io, wanted: { server?: string; model?: string }): Promise<Backend> {
  if (wanted.server !== undefined) return createServerBackend(io, wanted.server);
  const { startEmbeddedBackend } = await import('./embedded-backend.ts');
  return startEmbeddedBackend(io, wanted.model);
}
