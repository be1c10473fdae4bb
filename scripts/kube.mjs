import { ensureHelm } from './lib/helm.mjs';
import { prepare } from './lib/prepare.mjs';
import { at, runTool, script } from './lib/project.mjs';
import { ensureKubeTools } from './lib/test-tools.mjs';

// npm run test:kube: the chart on a real one-node Kubernetes. Needs root and the kit of ../shared/kube.
await script(async () => {
  await prepare();
  const say = (text) => process.stdout.write(`[tools] ${text}\n`);
  await ensureKubeTools(say);
  const env = { VERBATIM_TEST_HELM: await ensureHelm(say) };
  const config = ['--config', at('test', 'kube', 'vitest.config.ts'), '--root', at()];
  const { code } = await runTool('vitest/vitest.mjs', ['run', ...config, ...process.argv.slice(2)], {
    show: true,
    env,
  });
  process.exitCode = code;
});
