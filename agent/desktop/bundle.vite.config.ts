import { defineConfig } from 'vite';

/** The program and all that it imports as one file, so that what is packed has no node_modules. Electron brings itself. */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: 'dist/main/main.js',
    outDir: 'dist/bundle/program',
    emptyOutDir: true,
    target: 'node22',
    minify: false,
    rolldownOptions: { external: ['electron'], output: { entryFileNames: 'main.js', format: 'esm' } },
  },
});
