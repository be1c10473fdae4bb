import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from './lib/helm.mjs';
import { at, Problem, runTool, script } from './lib/project.mjs';

// npm run chart: writes what is made of the chart, the table of its README and the plain manifests in k8s/.
// With --check it writes nothing and says what is not current.

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
  // On standard error it tells of the links in files/, which are meant.
  const output = execFileSync(helm, template, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
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
  mkdirSync(at('k8s'), { recursive: true });
  for (const [file, make] of [
    [README, readme],
    [MANIFESTS, manifests],
  ]) {
    const text = await make();
    if (!isCheck) {
      writeFileSync(at(file), text);
      say(`${file} is written.`);
    } else if (readFileSync(at(file), 'utf8') !== text) {
      throw new Problem(`${file} is not current; "npm run chart" makes it anew.`);
    }
  }
});
