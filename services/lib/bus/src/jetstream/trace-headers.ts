import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { type TraceContext, traceContextFrom } from '@verbatim/contracts';

/** New headers that carry `trace`, where there is one. */
export const traceHeaders = (trace: TraceContext | undefined): MsgHdrs => {
  const carrier = headers();
  for (const [name, value] of Object.entries(trace ?? {})) carrier.set(name, value);
  return carrier;
};

/** The trace that a message's headers name. */
export const traceOf = (message: Msg): TraceContext | undefined =>
  traceContextFrom((name) => message.headers?.get(name) || undefined) ?? undefined;
