import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, getPriority, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../../../docs/benchmarks.md', import.meta.url));

const INTRODUCTION = `# Benchmarks

Each section is written by the command in its title, with \`-- --write-docs\`. Figures are of the machine named there: read
them as ratios. A bar is *met* or *missed*; a miss by 5 × fails the command.
`;

/** Replaces the section of one benchmark in docs/benchmarks.md, or adds it; the others stay as they are. */
export async function writeDocs(command: string, body: string): Promise<string> {
  const before = await readFile(page, 'utf8').catch(() => INTRODUCTION);
  const [introduction = INTRODUCTION, ...sections] = before.split(/^(?=## )/m);
  const title = `## \`npm run ${command}\`\n`;
  const section = `${title}\n${describeMachine()}\n\n${body.trim()}`;
  const others = sections.filter((text) => !text.startsWith(title)).map((text) => text.trim());
  await mkdir(new URL('.', `file://${page}`), { recursive: true });
  await writeFile(page, [introduction.trim(), ...[...others, section].sort()].join('\n\n').trimEnd().concat('\n'));
  return page;
}

/** How busy the machine was before this run began: figures taken beside other work are worth less. */
const loadBefore = loadavg()[0] ?? 0;

/** Date, cores, versions and circumstances of this run. */
export function describeMachine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return `${date}, ${availableParallelism()} cores (${model}), ${process.platform} ${process.arch}, Node ${process.version}; load average before it ${loadBefore.toFixed(1)}, priority ${getPriority()}.`;
}
