import type { LinkState } from '@verbatim/contracts';
import type { HealthRegistry } from './health.ts';
import type { Metrics } from './metrics.ts';

type LogLine = (fields: object, line: string) => void;

export interface LinkWatchers {
  readonly logger: { readonly info: LogLine; readonly warn: LogLine };
  readonly health: HealthRegistry;
  readonly metrics: Metrics;
}

/**
 * Shows how the connection to a server is: in /health as the part `part`, in the gauge verbatim_<part>_up and, at each
 * change, in the log.
 * @param title the server's name for people, such as "NATS".
 * @returns takes each new state.
 */
export const watchLink = (
  part: string,
  title: string,
  { logger, health, metrics }: LinkWatchers,
): ((state: LinkState) => void) => {
  let current: LinkState = { status: 'connecting', detail: 'not connected yet' };
  health.register(part, () => {
    if (current.status !== 'connected') return { status: 'down', detail: current.detail };
    return { status: current.detail === 'connected' ? 'ok' : 'degraded', detail: current.detail };
  });
  metrics.gauge(`verbatim_${part}_up`, `1 while ${title} can be used, 0 while it can't`, [], () =>
    current.status === 'connected' ? 1 : 0,
  );
  return (state) => {
    if (state.status === current.status && state.detail === current.detail) return;
    current = state;
    logger[state.status === 'connected' ? 'info' : 'warn']({ part, status: state.status }, `${title}: ${state.detail}`);
  };
};
