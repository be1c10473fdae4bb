import { SttError } from '@verbatim/contracts';

/** Asks whether a mark may be written; rejects with SttError `session_exists` if not. */
export const insistOn = async (sessionId: string, permit: (() => Promise<boolean>) | undefined): Promise<void> => {
  if (permit === undefined || (await permit())) return;
  throw new SttError('session_exists', `Session ${sessionId} was resumed by another connection.`);
};
