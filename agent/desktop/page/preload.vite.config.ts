import { join } from 'node:path';
import { defineConfig } from 'vite';

/** A sandboxed preload script is one CommonJS file that imports nothing but Electron. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/preload',
    emptyOutDir: true,
    target: 'es2023',
    minify: false,
    lib: { entry: join(import.meta.dirname, '../src/preload/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    rolldownOptions: { external: ['electron'] },
  },
});
