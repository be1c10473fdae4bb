import { mkdirSync, rmSync } from 'node:fs';
import { build } from './lib/build.mjs';
import { ensureHelm } from './lib/helm.mjs';
import { prepareToBuild } from './lib/prepare.mjs';
import { at, runTool, script } from './lib/project.mjs';
import { countTests } from './lib/test-counts.mjs';
import { ensureTestModel } from './lib/test-model.mjs';
import { ensureTestTools } from './lib/test-tools.mjs';

// npm test: sets up what the tests need, checks everything, and ends with the line "N passed, N failed".
// Arguments are handed to vitest: npm test -- services/lib/kit

const REPORT = at('.verbatim', 'vitest.json');
const total = { passed: 0, failed: 0 };
const section = (title) => (text) => void process.stdout.write(`[${title}] ${text}\n`);

/** One check that counts as one test; its output is shown when it fails. */
const check = async (title, work) => {
  const { code, output } = await work();
  const say = section(title);
  if (code === 0) total.passed += 1;
  else total.failed += 1;
  say(code === 0 ? 'passed' : `failed\n${output.trim()}`);
};

const runVitest = async (filters, { modelDir, helm }) => {
  mkdirSync(at('.verbatim'), { recursive: true });
  rmSync(REPORT, { force: true });
  const { code } = await runTool(
    'vitest/vitest.mjs',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`, ...filters],
    {
      show: true,
      env: {
        // vitest takes CI for a terminal.
        ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
        ...(modelDir === undefined ? {} : { VERBATIM_TEST_MODEL_DIR: modelDir }),
        ...(helm === undefined ? {} : { VERBATIM_TEST_HELM: helm }),
      },
    },
  );
  const { passed, failed, skipped } = countTests(REPORT, code);
  total.passed += passed;
  total.failed += failed;
  section('tests')(`${passed} passed, ${failed} failed, ${skipped} skipped`);
};

await script(async () => {
  await prepareToBuild();
  await check('lint', () => runTool('@biomejs/biome/bin/biome', ['check', '--max-diagnostics=50', '.']));
  await check('proto', () => runTool('@bufbuild/buf/bin/buf', ['lint']));
  await check('types', build);
  await ensureTestTools(section('tools'));
  const modelDir = await ensureTestModel(section('model')).catch((error) => section('model')(error.message));
  const helm = await ensureHelm(section('helm')).catch((error) => section('helm')(error.message));
  await runVitest(process.argv.slice(2), { modelDir, helm });
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
});
