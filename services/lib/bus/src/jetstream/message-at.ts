import { JetStreamApiError, type StoredMsg } from '@nats-io/jetstream';
import type { Wire } from './wire.ts';

const NO_MESSAGE_FOUND = 10_037;

/** The last message at `subject`, by the stream's leader, which knows every message that it confirmed; null if there is none. */
export const messageAt = async (wire: Wire, stream: string, subject: string): Promise<StoredMsg | null> => {
  try {
    return await wire.jsm.streams.getMessage(stream, { last_by_subj: subject });
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return null;
    throw error;
  }
};
