import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** A connection that is there, with every stream set up. */
export interface Wire {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  /** The largest message in bytes, headers included. */
  readonly maxPayload: number;
  /** Aborts when the connection is gone; there will be another wire. */
  readonly down: AbortSignal;
}
