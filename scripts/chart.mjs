import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from './lib/helm.mjs';
import { at, Problem, runTool, script } from './lib/project.mjs';

// npm run chart: writes what the chart has from other rooms, the table of its README and the plain manifests in k8s/.
// With --check it writes nothing and says what is not current.

/**
 * Files of the chart, and where they come from. Copies, not links: Flux takes none from a repository, and helm would take
 * what is missing for empty.
 */
const COPIES = [
  ...readdirSync(at('observability/dashboards/json')).map((name) => [
    `charts/verbatim/files/dashboards/${name}`,
    `observability/dashboards/json/${name}`,
  ]),
  ...['alerts', 'recording'].map((name) => [
    `charts/verbatim/files/rules/${name}.rules.yaml`,
    `observability/rules/${name}.rules.yaml`,
  ]),
  ['charts/verbatim/files/speech.wav', 'test/fixtures/speech/ljspeech-0004.wav'],
];
const README = 'charts/verbatim/README.md';
const MANIFESTS = 'k8s/verbatim.yaml';

const say = (text) => process.stderr.write(`${text}\n`);

/** The README with the table that the comments of values.yaml give; fails where a value has no comment. */
const readme = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-chart-'));
  try {
    const draft = join(folder, 'README.md');
    cpSync(at(README), draft);
    const tool = '@bitnami/readme-generator-for-helm/bin/index.js';
    const { code, output } = await runTool(tool, ['--values', at('charts/verbatim/values.yaml'), '--readme', draft]);
    if (code !== 0) throw new Problem(output.trim());
    return readFileSync(draft, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What helm would install, as files for kubectl: without its tests, and without a word of helm. */
const manifests = async () => {
  const helm = await ensureHelm(say);
  const values = ['--values', at('k8s/values.yaml')];
  const template = ['template', 'verbatim', at('charts/verbatim'), '--namespace', 'verbatim', '--no-hooks', ...values];
  const output = execFileSync(helm, template, { encoding: 'utf8' });
  const documents = parseAllDocuments(output).filter((document) => document.contents !== null);
  for (const document of documents) {
    document.deleteIn(['metadata', 'labels', 'helm.sh/chart']);
    document.deleteIn(['metadata', 'labels', 'app.kubernetes.io/managed-by']);
    document.commentBefore = null;
  }
  const about = '# Made of charts/verbatim and k8s/values.yaml by "npm run chart".\n';
  return about + documents.map((document) => document.toString({ directives: true, lineWidth: 0 })).join('');
};

await script(async () => {
  const isCheck = process.argv.includes('--check');
  for (const [file, make] of [
    ...COPIES.map(([copy, original]) => [copy, () => readFileSync(at(original))]),
    [README, readme],
    [MANIFESTS, manifests],
  ]) {
    const made = Buffer.from(await make());
    if (!isCheck) {
      mkdirSync(dirname(at(file)), { recursive: true });
      writeFileSync(at(file), made);
      say(`${file} is written.`);
    } else if (!readFileSync(at(file)).equals(made)) {
      throw new Problem(`${file} is not current; "npm run chart" makes it anew.`);
    }
  }
});
