import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './root.mjs';

const OUTPUT = /\.(js|d\.ts)(\.map)?$/;
/** Scripts of the dashboard's page, which Vite puts beside the compiled modules. */
const PAGE_ASSETS = join('dashboard-page', 'assets');

/**
 * Keeps output and sources of every TypeScript project the same set of modules: removes compiled files whose source is
 * gone (they would stay importable), and a project's build state when output is missing (tsc would believe it is there).
 */
export function removeStaleOutput(root = ROOT) {
  for (const project of listProjects(root)) {
    const sources = new Set(listModules(project.sourceDir, project.outputDir, /\.tsx?$/, /(\.d)?\.tsx?$/));
    const found = new Set();
    for (const file of listFiles(project.outputDir)) {
      if (!OUTPUT.test(file)) continue;
      const module = relative(project.outputDir, file).replace(OUTPUT, '');
      if (module.startsWith(PAGE_ASSETS)) continue;
      if (sources.has(module)) found.add(module);
      else rmSync(file);
    }
    if (found.size < sources.size) rmSync(project.statePath, { force: true });
  }
}

/** The projects that the root tsconfig.json builds: where their sources, their output and tsc's build state are. */
export function listProjects(root = ROOT) {
  const { references } = readJson(join(root, 'tsconfig.json'));
  return references.map(({ path }) => {
    const folder = join(root, path);
    const { rootDir = '.', outDir = 'dist' } = readJson(join(folder, 'tsconfig.json')).compilerOptions ?? {};
    const [sourceDir, outputDir] = [join(folder, rootDir), join(folder, outDir)];
    return { path, folder, sourceDir, outputDir, statePath: join(outputDir, relative(sourceDir, folder), 'tsconfig.tsbuildinfo') };
  });
}

function listModules(folder, outputDir, pattern, suffix) {
  return listFiles(folder, outputDir)
    .filter((file) => pattern.test(file) && !file.endsWith('.d.ts'))
    .map((file) => relative(folder, file).replace(suffix, ''));
}

function listFiles(folder, except) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (path === except || entry.name === 'node_modules') return [];
    return entry.isDirectory() ? listFiles(path, except) : [path];
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
