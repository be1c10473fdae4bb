import { defineConfig } from 'vitest/config';

// npm run test:kube
export default defineConfig({
  test: {
    include: ['test/kube/kube.test.ts'],
    // Each step builds on the one before.
    bail: 1,
  },
});
