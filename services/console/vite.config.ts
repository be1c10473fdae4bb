import { defineConfig } from 'vite';
import { precompress } from './precompress.ts';

export default defineConfig({
  // Any address and any path prefix may serve the page.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist/page',
    // Browsers with AudioWorklet, light-dark() and async iteration of streams: since spring 2024.
    target: ['chrome123', 'firefox124', 'safari17.5'],
    // The Content-Security-Policy allows no data: scripts, and small files gain little.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [precompress()],
});
