import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '@verbatim/kit';
import { describe, expect, it } from 'vitest';
import { dashboardFiles } from '../dashboards/index.ts';
import { RULE_FILES } from './rule-files.ts';
import { type Conduct, metricsOf } from './scenarios.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const at = (...parts: string[]): string => path.join(root, ...parts);
const alertRules = readFileSync(RULE_FILES[1]!, 'utf8');
const alerts = [...alertRules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
const promtool = findProgram('promtool');

/** What happens, how it shows, and which alerts tell of it: these and no others. */
const SCENARIOS: readonly (readonly [what: string, conduct: Conduct, firing: readonly string[]])[] = [
  ['everything is as usual', {}, []],
  ['nobody speaks', { traffic: false, sessions: 0 }, []],
  ['decodes are slow', { finalText: 1.4, stages: { buffer: 0.5, decode: 0.4 } }, ['FinalTextSlow', 'DecodeSlow']],
  ['first words are late', { firstWords: 1.5 }, ['FirstWordsSlow']],
  ['many are told of errors', { errors: 3 }, ['ErrorBudgetBurnsFast', 'ErrorBudgetBurnsSlowly']],
  ['some are told of errors for hours', { errors: 0.5 }, ['ErrorBudgetBurnsSlowly']],
  ['audio is lost', { lostAudio: 2 }, ['AudioLost']],
  ['no slot is free', { refused: 5, sessions: 40 }, ['SessionsRefused', 'SlotsNearlyUsed']],
  ['a client does not read', { slowReaders: 1, stages: { deliver: 0.6 } }, ['SlowReaders', 'DeliverySlow']],
  ['Redis is slow', { stages: { commit: 0.4 } }, ['StoreSlow']],
  ['NATS is slow', { stages: { queue: 0.4 } }, ['AudioLogSlow']],
  ['ends of speech are found late', { stages: { vad: 4 } }, ['DetectionSlow']],
  ['a transcriber does not keep up', { lag: 4.8 }, ['Lag']],
  ['a process is down', { transcriberUp: 0 }, ['TargetDown']],
  ['NATS is away', { natsUp: 0 }, ['NatsAway']],
  ['Redis is away', { redisUp: 0, storeErrors: 20 }, ['RedisAway', 'StoreErrors']],
  ['an event loop is blocked', { eventLoop: 0.8 }, ['EventLoopBlocked']],
  ['sessions wait for a transcriber', { claimsQueued: 3 }, ['ClaimsWait']],
  ['sessions move again and again', { takeovers: 2 }, ['Takeovers']],
  ['jobs fail through our fault', { jobsFailed: 1 }, ['JobsFail']],
  ['files hold no audio', { undecodable: 4 }, ['FilesUndecodable']],
  ['jobs wait long', { jobWait: 500 }, ['JobsWait']],
];

/** Long enough for every `for`. */
const LOOK_AT = '60m';

describe('the rules', () => {
  it.skipIf(promtool === undefined)('are what Prometheus takes for rules', async () => {
    const { stdout } = await run(promtool!, ['check', 'rules', ...RULE_FILES]);
    expect(stdout).not.toContain('FAILED');
  });

  it.skipIf(promtool === undefined).each(SCENARIOS)('tell that %s', async (_what, conduct, firing) => {
    const test = {
      interval: '1m',
      input_series: metricsOf(conduct),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: LOOK_AT,
          exp_samples: firing.map((name) => ({ labels: `{alertname="Verbatim${name}"}`, value: 1 })),
        },
      ],
    };
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'test.json');
    await writeFile(file, JSON.stringify({ rule_files: RULE_FILES, evaluation_interval: '1m', tests: [test] }));
    const said = await run(promtool!, ['test', 'rules', file]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    expect(said).toContain('SUCCESS');
  });

  it('have a scenario for every alert', () => {
    const shown = new Set(SCENARIOS.flatMap(([, , firing]) => firing.map((name) => `Verbatim${name}`)));
    expect(alerts.filter((alert) => !shown.has(alert))).toEqual([]);
  });

  it('lead to a runbook each, and every runbook has an alert', () => {
    const named = [...alertRules.matchAll(/runbook_url: (\S+)/g)].map(([, file]) => file!);
    expect(named).toHaveLength(alerts.length);
    expect(named.filter((file) => !existsSync(at(file)))).toEqual([]);
    const there = readdirSync(at('docs/runbooks'));
    expect(there.filter((file) => !named.includes(`docs/runbooks/${file}`))).toEqual([]);
  });
});

describe('dashboards', () => {
  const files = dashboardFiles();

  it('are written as their code says; npm run dashboards writes them', () => {
    for (const [name, text] of files) {
      expect(readFileSync(at('observability/dashboards/json', name), 'utf8'), name).toBe(text);
    }
    expect(readdirSync(at('observability/dashboards/json')).toSorted()).toEqual([...files.keys()].toSorted());
  });

  it('and rules name no metric that docs/metrics.md does not', () => {
    const documented = new Set(readFileSync(at('docs/metrics.md'), 'utf8').match(/\bverbatim_\w+/g));
    const text = [...files.values(), ...RULE_FILES.map((file) => readFileSync(file, 'utf8'))].join('\n');
    // `verbatim:…` and `stage:verbatim_…` are the names of recording rules.
    const named = new Set(
      text.match(/(?<![:\w])verbatim_\w+(?!\w*:)/g)?.map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect([...named].filter((name) => !documented.has(name))).toEqual([]);
    expect(named.size).toBeGreaterThan(40);
  });

  it('say of each panel what is usual', () => {
    for (const [name, text] of files) {
      const { panels } = JSON.parse(text) as { panels: { type: string; title: string; description?: string }[] };
      const mute = panels.filter(({ type, description = '' }) => type !== 'row' && description.length < 20);
      expect(
        mute.map(({ title }) => title),
        name,
      ).toEqual([]);
    }
  });
});

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-rules-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
