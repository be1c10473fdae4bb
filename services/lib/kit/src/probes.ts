import type { HealthRegistry } from './health.ts';

export interface ProbeAnswer {
  readonly status: 200 | 503;
  /** Content type of the body. */
  readonly type: string;
  /** Goes out as JSON. */
  readonly body: object;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * The answer of a process to /health (for people), /livez and /readyz (for probes), the same as at the REST door; null
 * for another path.
 */
export const probe = (health: HealthRegistry, path: string): ProbeAnswer | null => {
  switch (path) {
    case '/health': {
      const report = health.report();
      return { status: report.status === 'unhealthy' ? 503 : 200, type: JSON_TYPE, body: report };
    }
    case '/livez':
      return { status: 200, type: JSON_TYPE, body: { status: 'alive' } };
    case '/readyz':
      return readiness(health.refusal);
    default:
      return null;
  }
};

const readiness = (refusal: string | null): ProbeAnswer => {
  if (refusal === null) return { status: 200, type: JSON_TYPE, body: { status: 'ready' } };
  const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: refusal };
  return { status: 503, type: 'application/problem+json', body: { ...problem, code: 'not_ready' } };
};
