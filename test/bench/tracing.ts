import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import { referenceTracks } from './scale.ts';
import { type LevelResult, runLevel } from './scale-level.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { quantile } from './statistics.ts';
import { fixed, formatTable } from './table.ts';

/** Whether the server sends traces. */
type Mode = 'off' | 'on';

interface Round {
  readonly mode: Mode;
  readonly level: LevelResult;
}

export interface TracingResult {
  readonly sessions: number;
  readonly rounds: readonly Round[];
  /** CPU with traces over CPU without, by the medians of the rounds; null where the system does not tell. */
  readonly cpuRatio: number | null;
  readonly spansReceived: boolean;
  readonly goals: readonly Goal[];
}

const SESSIONS = 20;
/** Both in turn, and neither always first: what the machine does meanwhile is the same for both. */
const ROUNDS: readonly Mode[] = ['off', 'on', 'on', 'off', 'off', 'on', 'on', 'off'];
const MOST_COST = 1.03;

/** What it costs to trace every utterance: the same sessions with traces and without, in turn, each on a server of its own. */
export async function benchTracing(context: BenchContext): Promise<TracingResult> {
  const { options, note, signal } = context;
  await using collector = await startCollector();
  await using off = await ServerUnderTest.start({ ...context, maxSessions: SESSIONS + 1 });
  await using on = await ServerUnderTest.start({
    ...context,
    maxSessions: SESSIONS + 1,
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'parentbased_always_on' },
  });
  const servers: Record<Mode, ServerUnderTest> = { off, on };
  note('tracing: taking the text of each track while nothing else runs');
  const tracks = await referenceTracks(off, context, SESSIONS);
  const rounds: Round[] = [];
  for (const mode of ROUNDS) {
    note(`tracing: ${SESSIONS} sessions for ${options.seconds} s, traces ${mode}`);
    rounds.push({ mode, level: await runLevel(servers[mode], tracks, SESSIONS, options.seconds, signal) });
  }
  const cores = { off: medianCores(rounds, 'off'), on: medianCores(rounds, 'on') };
  const cpuRatio = cores.off === null || cores.on === null ? null : cores.on / cores.off;
  const goals = [atMost('CPU with traces over CPU without', cpuRatio, MOST_COST, 'times')];
  const result = { sessions: SESSIONS, rounds, cpuRatio, spansReceived: collector.bytes() > 0, goals };
  report(result, context.print);
  return result;
}

/** Takes spans as a collector would, and forgets them. */
async function startCollector() {
  let bytes = 0;
  const server = createServer(async (request, response) => {
    for await (const part of request) bytes += (part as Buffer).length;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const medianCores = (rounds: readonly Round[], mode: Mode): number | null =>
  quantile(
    rounds.filter((round) => round.mode === mode).flatMap(({ level }) => level.server?.cores ?? []),
    0.5,
  );

function report(
  { sessions, rounds, cpuRatio, spansReceived, goals }: TracingResult,
  print: BenchContext['print'],
): void {
  print(`TRACING: ${sessions} sessions at real-time pace, every utterance traced and sent, or none`);
  const columns = ['traces', 'cores', 'main', 'final p50', 'p95', 'RSS MiB', 'others'];
  const row = ({ mode, level }: Round) => [
    mode,
    fixed(level.server?.cores, 3),
    fixed(level.server?.mainThreadCores, 3),
    ...[fixed(level.finalMs?.p50), fixed(level.finalMs?.p95)],
    ...[fixed(level.server?.rssMib), fixed(level.otherCores, 2)],
  ];
  print(formatTable(columns, rounds.map(row)));
  if (!spansReceived) print('WARNING: no spans came: this is no measurement of traces.');
  print(`CPU with traces over CPU without, medians: ${cpuRatio?.toFixed(3) ?? 'not measured'}`);
  printGoals(goals, print);
}
