import type { ClientEvent } from './client-event.ts';

/** An ingress process, as its clients know it. */
export interface IngressAddress {
  /** Its name in the cluster. */
  readonly name: string;
  readonly wsUrl: string;
  readonly grpcAddress: string;
}

/** What a connection begins with: nothing for a new session, or the session to go on with. */
export type Opening = {
  readonly sessionId: string;
  readonly resumeToken: string;
  /** Sequence of the last final received. */
  readonly lastSequence: number;
} | null;

/** Why a connection ended: an error code of the API, `lost` where the network says no more, `done` after `closed`. */
export interface ConnectionEnd {
  readonly code: string;
  readonly detail: string;
}

export interface ConnectionHandlers {
  /** In order; never after `onEnd`. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Exactly once. */
  readonly onEnd: (end: ConnectionEnd) => void;
}

/** One connection of one session to one ingress. */
export interface Connection {
  /** Sends 16 kHz samples that begin at `firstSample`; resolves when more may be sent, or none ever again. */
  send(firstSample: number, pcm16: Int16Array): Promise<void>;
  /** Says that there is no more audio. */
  end(): void;
  /** Leaves. */
  close(): void;
}

export type Connect = (ingress: IngressAddress, opening: Opening, handlers: ConnectionHandlers) => Connection;
