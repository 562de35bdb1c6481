import { defineConfig } from 'vite';

/** The page is served below /dashboard (coordinator/src/dashboard/serve-dashboard.ts). `vite` alone serves it against a running coordinator. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/dashboard/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    // Not dist/dashboard: the compiled server side lies there.
    outDir: '../dist/dashboard-page',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/ws': { target: 'http://127.0.0.1:8080', ws: true }, '/api': 'http://127.0.0.1:8080' } },
});
