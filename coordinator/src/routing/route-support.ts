import { AppError } from '@ollama-coordinator/common';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import { describeVersions, hasRoute, ROUTE_VERSIONS } from './route-versions.js';

/** Which agents have an Ollama that is not too old, or too new, for a route. */
export interface RouteSupport {
  /** Undefined where every registered agent has the route, which is asked for each request. */
  narrow(path: string): ((agent: AgentRecord) => boolean) | undefined;
  close(): void;
}

/** Follows the versions of the fleet, so that a request pays nothing while none lacks its route. */
export function createRouteSupport(fleet: Pick<FleetView, 'snapshot' | 'onChange'>): RouteSupport {
  const narrowings = new Map<string, (agent: AgentRecord) => boolean>();
  let versions = '';

  function follow(): void {
    const present = [...new Set([...fleet.snapshot().agents.values()].map(({ ollamaVersion }) => ollamaVersion))].sort();
    if (present.join(' ') === versions) return;
    versions = present.join(' ');
    narrowings.clear();
    for (const path of Object.keys(ROUTE_VERSIONS)) {
      const having = new Set(present.filter((version) => hasRoute(path, version)));
      if (having.size < present.length) narrowings.set(path, ({ ollamaVersion }) => having.has(ollamaVersion));
    }
  }
  const seen = new Map<string, string>();
  const take = ({ id, ollamaVersion }: AgentRecord): boolean => seen.get(id) !== ollamaVersion && seen.set(id, ollamaVersion) !== undefined;
  for (const record of fleet.snapshot().agents.values()) take(record);
  follow();
  const stop = fleet.onChange((_snapshot, { changed, removed }) => {
    let isOther = removed.length > 0;
    for (const id of removed) seen.delete(id);
    for (const record of changed) isOther = take(record) || isOther;
    if (isOther) follow();
  });
  return { narrow: (path) => narrowings.get(path), close: stop };
}

/** Of a build of one's own, or of an agent that has not said it yet. */
const UNTOLD = /^[0.]*$/;

/** None of these agents has the route. The sentence names the version that has. */
export function routeNeedsOllama(path: string, agents: readonly AgentRecord[]): AppError {
  const named = agents.map(({ name, ollamaVersion }) => `${name}: ${UNTOLD.test(ollamaVersion) ? 'version unknown' : ollamaVersion}`);
  return new AppError('ROUTE_NEEDS_OLLAMA', { details: { path, versions: describeVersions(path), agents: named.sort().join(', ') } });
}
