import { type Request, requestSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from '../ask-coordinator.js';
import type { Env, Flags } from '../command.js';
import { readPast } from '../read-flags.js';
import { arrivalsToTrace } from './arrivals-to-trace.js';

const PAGE = 1000;
const DEFAULT_SINCE = '24h';

const pageSchema = z.object({ requests: z.array(requestSchema), cursor: z.string().optional() });

/** `replay export`: recorded arrivals of a time as a trace on standard output. No prompts: the history has none. */
export async function exportTrace(flags: Flags, env: Env): Promise<number> {
  const nowMs = Date.now();
  const since = readPast('since', flags.since ?? DEFAULT_SINCE, nowMs);
  const until = readPast('until', flags.until, nowMs);
  const requests: Request[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...defined({ since, until, cursor, model: flags.model }) });
    const page = pageSchema.parse(await askCoordinator(`/api/coordinator/requests?${query}`, flags, env));
    // Embeddings have no answer whose length matters, and the simulator runs none.
    requests.push(...page.requests.filter(({ operation, model }) => operation !== 'embed' && model !== ''));
    cursor = page.cursor;
  } while (cursor !== undefined);
  process.stdout.write(arrivalsToTrace(requests, flags.callers === 'named'));
  process.stderr.write(`${requests.length} requests since ${since}\n`);
  return 0;
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
