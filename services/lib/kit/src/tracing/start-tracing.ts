import { readFileSync } from 'node:fs';
import type { Logger } from '../logger.ts';
import type { Tracing } from './tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PROTOCOL = 'http/protobuf';

/** Whether the standard settings ask for traces: by an endpoint to send them to, unless they switch them off. */
export const wantsTraces = (env: Environment): boolean => {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return Boolean(endpoint) && env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && env.OTEL_TRACES_EXPORTER !== 'none';
};

/**
 * Traces as OpenTelemetry's settings (OTEL_*) ask for them; undefined where they ask for none, and then nothing of the SDK is
 * loaded.
 * @param serviceName what the process is called where OTEL_SERVICE_NAME does not say
 */
export const startTracing = async (
  serviceName: string,
  logger: Pick<Logger, 'info' | 'warn'>,
  env: Environment = process.env,
): Promise<Tracing | undefined> => {
  if (!wantsTraces(env)) return undefined;
  const [{ OtelTracing }, { diag, DiagLogLevel }] = await Promise.all([
    import('./otel-tracing.ts'),
    import('@opentelemetry/api'),
  ]);
  // An exporter that cannot send says so here and nowhere else.
  const say = (message: string) => logger.warn({ reason: message }, 'traces can not be sent');
  const none = () => {};
  diag.setLogger(
    { error: say, warn: none, info: none, debug: none, verbose: none },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || PROTOCOL;
  if (protocol !== PROTOCOL) logger.warn({ protocol }, `traces are sent as ${PROTOCOL}, the only protocol there is`);
  logger.info('traces are on');
  return new OtelTracing(serviceName, version, say);
};
