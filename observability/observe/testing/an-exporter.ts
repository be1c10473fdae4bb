import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The trace that the exporter's exemplar belongs to. */
export const EXEMPLAR_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A process with a counter that grows by ten a second, and a histogram with an exemplar. */
export async function anExporter(): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((_, response) => {
    const count = Math.floor(Date.now() / 100);
    response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    response.end(
      [
        '# TYPE test_requests counter',
        `test_requests_total{code="ok"} ${count}`,
        '# TYPE test_seconds histogram',
        `test_seconds_bucket{le="0.5"} ${count} # {trace_id="${EXEMPLAR_TRACE}"} 0.25 ${Date.now() / 1000}`,
        `test_seconds_bucket{le="+Inf"} ${count}`,
        `test_seconds_sum ${count * 0.25}`,
        `test_seconds_count ${count}`,
        '# EOF\n',
      ].join('\n'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
