import type { HealthRegistry } from '@verbatim/kit';
import type { FastifyInstance } from 'fastify';
import { withExample } from './example.ts';
import { HttpError } from './http-error.ts';
import { answers, failsWith } from './schemas.ts';

const stateBody = {
  description: 'Yes',
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string' } },
} as const;

/** Adds /health for people, /livez and /readyz for probes. */
export const addHealthRoutes = (app: FastifyInstance, health: HealthRegistry): void => {
  app.get(
    '/health',
    {
      schema: {
        tags: ['health'],
        summary: 'How every part of the server is',
        description: withExample('In words, for people.', '/health'),
        response: {
          ...answers(200, 'Working, perhaps in a lesser way', 'Health'),
          ...answers(503, 'Not working', 'Health'),
        },
      },
    },
    async (_request, reply) => {
      const report = health.report();
      return reply.code(report.status === 'unhealthy' ? 503 : 200).send(report);
    },
  );

  app.get(
    '/livez',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether the process runs',
        description: withExample('For liveness probes.', '/livez'),
        response: { 200: stateBody },
      },
    },
    async () => ({ status: 'alive' }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether new sessions are welcome',
        description: withExample('For readiness probes.', '/readyz'),
        response: { 200: stateBody, ...failsWith(503, 'Starting, shutting down, or unhealthy') },
      },
    },
    async () => {
      const { refusal } = health;
      if (refusal !== null) throw new HttpError(503, 'not_ready', refusal);
      return { status: 'ready' };
    },
  );
};
