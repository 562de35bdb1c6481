import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { type FleetFigures, measureFleet } from './measure-fleet.js';

const MIB = 1024 * 1024;
const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1000' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where a bar is missed by 5 × or an agent was lost. */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-bench-'));
  const agents = Number(values.agents);
  const profile = values.profile === undefined ? {} : { profileFolder: values.profile };
  const settings = { agents, heartbeatMs: 5000, seconds: Number(values.seconds ?? (values.quick ? 10 : 30)), ...profile };
  try {
    const unwatched = await measureFleet({ ...settings, watched: false, folder: await mkdtemp(join(folder, 'unwatched-')) });
    const watched = await measureFleet({ ...settings, watched: true, folder: await mkdtemp(join(folder, 'watched-')) });
    return await report(agents, { 'heartbeats only': unwatched, 'heartbeats and watches': watched });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function report(agents: number, figures: Readonly<Record<string, FleetFigures>>): Promise<number> {
  const bars: readonly Bar[] = Object.entries(figures).flatMap(([name, { cpuShare, rssGrowthBytes }]) => [
    { name: `CPU of the coordinator above idle, ${name}`, value: cpuShare * 100, limit: 10, unit: '% of a core' },
    { name: `RSS of the coordinator above idle, ${name}`, value: rssGrowthBytes / MIB, limit: 50, unit: 'MiB' },
  ]);
  const seen = Object.entries(figures).map(([name, each]) => [
    name,
    each.heartbeatsPerSecond.toFixed(0),
    String(each.watches),
    Object.entries(each.statuses)
      .map(([status, count]) => `${count} ${status}`)
      .join(', '),
  ]);
  const text = `${agents} simulated agents, a heartbeat each 5 s by \`POST /api/health\`; the replica's CPU and memory above what it uses with no agent.

${markdownTable(BAR_COLUMNS, barRows(bars))}

${markdownTable(['', 'heartbeats/s', 'watches open', 'agents listed'], seen)}`;
  console.log(`${describeMachine()}\n\n${text}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:fleet-idle', text)}`);
  const problems = Object.entries(figures).flatMap(([name, each]) => each.problems.map((problem) => `${name}: ${problem}`));
  for (const problem of problems) console.error(problem);
  return problems.length > 0 || anyFails(bars) ? 1 : 0;
}
