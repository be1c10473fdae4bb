/** What the reply subject of a JetStream message says about it. */
export interface Delivery {
  readonly streamSequence: number;
  /** Counts what this consumer was given from 1, without holes. */
  readonly consumerSequence: number;
  /** 1 for the first time. */
  readonly deliveries: number;
  /** When the message was stored, in nanoseconds since 1970 by the server's clock. */
  readonly storedNs: bigint;
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<ns>.<pending>`; servers that name a domain put
 * it and an account's hash after ACK. Null for any other subject.
 */
export const parseDelivery = (reply: string | undefined): Delivery | null => {
  const tokens = reply?.split('.') ?? [];
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return null;
  const [deliveries, stream, consumer, ns] = tokens.slice(tokens.length >= 11 ? 6 : 4);
  if (ns === undefined || ![deliveries, stream, consumer, ns].every((token) => /^\d+$/.test(token ?? ''))) return null;
  return {
    deliveries: Number(deliveries),
    streamSequence: Number(stream),
    consumerSequence: Number(consumer),
    storedNs: BigInt(ns),
  };
};
