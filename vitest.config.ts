import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['services/**/src/**/*.test.ts', 'test/**/*.test.ts', 'observability/**/*.test.ts'],
    // npm run test:kube has a configuration of its own.
    exclude: ['**/node_modules/**', '**/dist/**', 'test/kube/**'],
    pool: 'forks',
    // Inference and servers under test have threads of their own: more test processes than this only get in each other's way.
    maxWorkers: 2,
    // Nothing is measured by it: on a slow machine a server may take ten seconds to start.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    // Tests that load an engine themselves; the product sets it by itself (services/lib/speech/src/no-telemetry.ts).
    env: { ORT_DISABLE_TELEMETRY: '1' },
  },
});
