import type { TraceContext } from '@verbatim/contracts';
import {
  messaging,
  type SpanAttributes,
  type SpanOptions,
  type Stage,
  type StageSpan,
  type Tracing,
} from '@verbatim/kit';

/** What an utterance's trace tells besides its times. */
export interface UtteranceFacts {
  readonly sessionId: string;
  readonly model: string;
  readonly utterance: number;
  readonly reason: string;
  readonly audioSeconds: number;
  /** The bus that its audio came by. */
  readonly messagingSystem: string;
}

/** The trace of one utterance, and its name for others. */
export interface UtteranceTrace {
  readonly traceId: string;
  readonly context: TraceContext;
}

/**
 * Makes the trace of an utterance that has become a final: a root from its first sound on, and a span for each stage.
 * @param from when its first sound was stored in the audio log, in milliseconds since 1970
 * @param session the RPC that it belongs to, which its root is linked to
 * @returns null where sampling left it out
 */
export const traceUtterance = (
  tracing: Tracing,
  facts: UtteranceFacts,
  from: number,
  stages: readonly StageSpan[],
  session: TraceContext | undefined,
): UtteranceTrace | null => {
  const links = session === undefined ? [] : [session];
  const root = tracing.begin('utterance', { links, from, attributes: attributesOf(facts) });
  const { context, traceId } = root;
  if (root.sampled) {
    for (const span of stages) {
      tracing.begin(span.stage, { parent: context, from: span.from, ...KIND[span.stage]?.(facts) }).end(span.to);
    }
  }
  root.end(stages.at(-1)?.to);
  return root.sampled ? { traceId, context } : null;
};

const attributesOf = (facts: UtteranceFacts): SpanAttributes => ({
  'verbatim.session.id': facts.sessionId,
  'verbatim.model': facts.model,
  'verbatim.utterance': facts.utterance,
  'verbatim.final.reason': facts.reason,
  'verbatim.audio.seconds': facts.audioSeconds,
});

/** Stages that talk to another process, by OpenTelemetry's conventions for messaging. */
const KIND: Partial<Record<Stage, (facts: UtteranceFacts) => Pick<SpanOptions, 'role' | 'attributes'>>> = {
  queue: ({ messagingSystem }) => ({
    role: 'consumer',
    attributes: messaging(messagingSystem, 'receive', 'stt.audio'),
  }),
  // Who has NATS has Redis: one process by itself keeps both in memory.
  commit: ({ messagingSystem }) => ({
    role: messagingSystem === 'nats' ? 'client' : 'internal',
    attributes: {
      'db.operation.name': 'commit',
      ...(messagingSystem === 'nats' && { 'db.system.name': 'redis' }),
    },
  }),
};
