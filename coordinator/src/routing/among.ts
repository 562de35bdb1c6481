import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** Narrows the agents for a request beyond what every request asks for. Those who wait for the same narrowing share a line. */
export interface Among {
  readonly line: string;
  readonly includes: (agent: AgentRecord) => boolean;
}

/** Several narrowings as one; undefined where there is none. */
export function allOf(...narrowings: readonly (Among | undefined)[]): Among | undefined {
  const given = narrowings.filter((among) => among !== undefined);
  if (given.length < 2) return given[0];
  return { line: given.map(({ line }) => line).join(' '), includes: (agent) => given.every(({ includes }) => includes(agent)) };
}
