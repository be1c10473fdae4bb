import { readFileSync } from 'node:fs';
import { STAGES } from '@verbatim/kit';
import { dashboardFiles, RULE_FILES, type Span } from '@verbatim/observability';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bytesOf, clip, clipFile, joined, silence } from '../support/clips.ts';
import { FilesClient } from '../support/files-client.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { talk } from '../support/talk.ts';
import { missingToWatch, type WatchedCluster, watchCluster } from '../support/watched-cluster.ts';
import { WsClient } from '../support/ws-client.ts';

const missing = missingToWatch();
const spoken = joined(clip('goforward').pcm16, silence(0.9), clip('ljspeech-0004').pcm16, silence(0.9));
/** What a client that traces sends; its own spans are not ours to see. */
const CLIENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${CLIENT.traceId}-${CLIENT.spanId}-01`;
/** Selectors of alerts that fire: there are none. */
const ALERTS = /^ALERTS/;

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly sessionId?: string;
  readonly door?: string;
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

const panels = [...dashboardFiles().values()].flatMap((text) => (JSON.parse(text) as { panels: Panel[] }).panels);
const queries = panels.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) => ({
    expr: expr.replaceAll('$__rate_interval', '30s').replaceAll('$__range', '1m').replaceAll('$instance', '.*'),
  })),
);

/** Every series that rules select, without what they compare it with: that is seldom so. */
const selectors = [
  ...new Set(
    RULE_FILES.flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/expr: (?:>-\n)?((?:.|\n(?! *(?:for|- record|- alert|#)))+)/g),
    ])
      .flatMap(([, expr]) => [...expr!.matchAll(/\b(?:\w+:)?(?:verbatim|nodejs|up\b)[\w:]*(?:\{[^}]*\})?/g)])
      .map(([selector]) => selector),
  ),
];

describe.skipIf(missing !== null)(`a watched cluster${missing === null ? '' : ` (${missing})`}`, () => {
  let watched: WatchedCluster;
  let text: string;
  const lines: { readonly member: string; readonly line: string }[] = [];

  beforeAll(async () => {
    const onLine = (member: string, line: string) => lines.push({ member, line });
    watched = await watchCluster({ ingresses: 1, transcribers: 1, media: 1, onLine });
    const { prometheus } = watched;
    // What happens before the first scrape is no rise to Prometheus.
    await until(async () => (await prometheus.query('up == 1')).length === 3);
    const { grpc, ws, http } = watched.cluster.ingresses[0]!.addresses;
    const files = new FilesClient(http!);
    const jobs = [
      files.upload(readFileSync(clipFile('goforward'))),
      files.upload(Buffer.from('this is no audio'), { name: 'talk.mp3' }),
    ];
    [text] = await Promise.all([talk(grpc!, spoken, { traceparent }), talkOverWebSocket(ws!), ...jobs]);
    // A mistake of a client's.
    await new GrpcStream(grpc!, { sampleRateHertz: 1 }).status;
    await until(async () => {
      const [finals] = await prometheus.query('sum(verbatim:finals:rate_5m)');
      const [done] = await prometheus.query('sum(rate(verbatim_jobs_finished_total{status="completed"}[30s]))');
      return (finals?.value ?? 0) > 0 && (done?.value ?? 0) > 0;
    });
  }, 120_000);

  afterAll(async () => watched?.[Symbol.asyncDispose]());

  it('has data for every query of every panel', async () => {
    const asked = queries.filter(({ expr }) => !ALERTS.test(expr));
    expect(asked.length).toBeGreaterThan(80);
    expect(await withoutData(asked.map(({ expr }) => expr))).toEqual([]);
  });

  it('has all that rules select', async () => {
    expect(selectors.length).toBeGreaterThan(35);
    expect(await withoutData(selectors)).toEqual([]);
  });

  it('evaluates every rule, and none fires', async () => {
    const rules = await watched.prometheus.rules();
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError !== '')).toEqual([]);
    expect((await watched.prometheus.alerts()).filter(({ state }) => state === 'firing')).toEqual([]);
  });

  it('has stages that add up to the time to the final text', async () => {
    const [stages] = await watched.prometheus.query('sum(verbatim_stage_duration_seconds_sum)');
    const [finals] = await watched.prometheus.query('sum(verbatim_final_seconds_sum)');
    expect(Math.abs(stages!.value - finals!.value) / finals!.value).toBeLessThan(0.1);
  });

  it('traces every utterance through both processes, linked to the request that it belongs to', async () => {
    const request = 'verbatim.stt.v1.SpeechService/StreamingRecognize';
    await until(async () => ofTrace(CLIENT.traceId).some(({ name }) => name === request));
    const rpc = ofTrace(CLIENT.traceId).find(({ name }) => name === request)!;
    expect(rpc).toMatchObject({ kind: 'server', parentSpanId: CLIENT.spanId, service: 'verbatim-ingress' });
    expect(rpc.attributes).toMatchObject({ 'rpc.system': 'grpc', 'rpc.method': 'StreamingRecognize' });

    const roots = watched.traces.spans.filter(
      ({ name, links }) => name === 'utterance' && links.some(({ spanId }) => spanId === rpc.spanId),
    );
    expect(roots.length).toBeGreaterThanOrEqual(2);
    for (const root of roots) {
      expect(root).toMatchObject({ parentSpanId: null, service: 'verbatim-transcriber' });
      expect(root.links).toMatchObject([{ traceId: CLIENT.traceId, spanId: rpc.spanId }]);
      expect(root.attributes['verbatim.session.id']).toBe(rpc.attributes['verbatim.session.id']);
      const stages = ofTrace(root.traceId).filter(({ parentSpanId }) => parentSpanId === root.spanId);
      expect(stages.map(({ name }) => name).toSorted()).toEqual([...STAGES].toSorted());
      const serviceOf = Object.fromEntries(stages.map(({ name, service }) => [name, service]));
      expect(serviceOf).toMatchObject({
        receive: 'verbatim-ingress',
        decode: 'verbatim-transcriber',
        deliver: 'verbatim-ingress',
      });
      expect(named(stages, 'queue')).toMatchObject({ kind: 'consumer', attributes: { 'messaging.system': 'nats' } });
      const added = stages.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
      const whole = named(stages, 'deliver').endMs - named(stages, 'receive').startMs;
      expect(Math.abs(added - whole) / whole, `${added} ms in stages, ${whole} ms from end to end`).toBeLessThan(0.1);
    }
  });

  it('has exemplars that lead to those traces', async () => {
    const range = { fromMs: Date.now() - 300_000, toMs: Date.now() + 1_000 };
    const exemplars = await watched.prometheus.queryExemplars('verbatim_final_seconds_bucket', range);
    expect(exemplars.length).toBeGreaterThan(0);
    for (const { labels } of exemplars) expect(ofTrace(labels.trace_id!).length).toBeGreaterThan(1);
  });

  it('logs one line for the whole life of a session, with its trace', () => {
    const logged = lines
      .filter(({ line }) => line.startsWith('{'))
      .map(({ member, line }) => ({ member, ...(JSON.parse(line) as LogLine) }));
    const ofSessions = logged.filter(({ sessionId, level }) => sessionId !== undefined && level === 'info');
    expect(ofSessions.map(({ member, msg, door }) => `${member}: ${msg} ${door}`).toSorted()).toEqual([
      'ingress-1: session closed grpc',
      'ingress-1: session closed websocket',
    ]);
    expect(ofSessions.find(({ door }) => door === 'grpc')).toMatchObject({
      ...{ trace_id: CLIENT.traceId, reason: 'end_of_audio', model: 'moonshine-tiny', resumed: false },
      ...{ audioSeconds: spoken.length / 16_000, finals: expect.any(Number) },
    });
  });

  it('says nothing of what was said, in no trace, no metric and no log', async () => {
    const words = text.toLowerCase().match(/[a-z]{6,}/g)!;
    expect(words.length).toBeGreaterThan(3);
    const traced = JSON.stringify(watched.traces.spans).toLowerCase();
    const names = JSON.stringify(await watched.prometheus.query('{__name__=~"verbatim.*"}')).toLowerCase();
    const logged = lines.map(({ line }) => line.toLowerCase()).join();
    expect(words.filter((word) => [traced, names, logged].some((said) => said.includes(word)))).toEqual([]);
  });

  async function withoutData(expressions: readonly string[]): Promise<string[]> {
    const answers = await Promise.all(expressions.map((expr) => watched.prometheus.query(expr)));
    return expressions.filter((_, i) => answers[i]!.length === 0);
  }

  const ofTrace = (traceId: string): Span[] => watched.traces.trace(traceId);
});

const named = (spans: readonly Span[], wanted: string): Span => spans.find(({ name }) => name === wanted)!;

async function talkOverWebSocket(url: string): Promise<void> {
  await using socket = await WsClient.open(url, { partial_results: 'true' });
  socket.raw(bytesOf(spoken));
  socket.json({ type: 'end' });
  await socket.closed;
}

const until = (isSo: () => Promise<boolean>): Promise<void> =>
  vi.waitFor(async () => expect(await isSo()).toBe(true), { timeout: 60_000, interval: 500 });
