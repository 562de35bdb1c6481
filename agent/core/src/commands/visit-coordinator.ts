import { type AgentConfig, AppError, agentConfigSchema, createLogger, type JoinLink, systemClock } from '@ollama-coordinator/common';
import { type Agent, createAgent } from '../agent.js';
import type { AgentReport } from '../agent-report.js';
import { hostOf, isLoopbackHost, isThisMachine } from '../http/local-address.js';
import { describeReach } from './describe-reach.js';
import { waitUntil } from './wait-until.js';

/** A coordinator that is there answers at once; a wrong address takes as long as the network lets it. */
const REGISTER_WITHIN_MS = 10_000;
/** The coordinator comes in within five seconds, or a tunnel is opened, which takes one or two. */
const REACHED_WITHIN_MS = 15_000;
/** What trying again does not mend. */
const HOPELESS = new Set([
  'NOT_ADMITTED',
  'BAD_REQUEST',
  'COORDINATOR_KEY_CHANGED',
  'COORDINATOR_IS_PAGE',
  'PROXY_NEEDS_LOGIN',
  'BAD_CONFIG',
]);

/** Where a visit goes, and with what. A machine that was there before needs no token. */
export interface Visited extends Omit<JoinLink, 'token'> {
  readonly token?: string | undefined;
}

export interface Visit {
  /** What the visit was made with. */
  readonly config: AgentConfig;
  /** How the coordinator came in; absent where it did not. */
  readonly reached?: AgentReport['reached'];
}

/**
 * Registers this machine at a coordinator, looks how that comes in, and leaves again, so both directions were tried. Tells each step in a
 * sentence for a person. Throws what went wrong as a sentence. Only while no other agent of the same data folder runs.
 */
export async function visitCoordinator(given: AgentConfig, visited: Visited, tell: (line: string) => void): Promise<Visit> {
  const config = configFor(given, visited);
  const agent = createAgent({ config, log: createLogger({ program: 'ollama-agent', level: 'silent' }) });
  try {
    await agent.start();
    const registered = await waitForRegistration(agent);
    tell(`registered as "${registered.name}" (${registered.agentId})`);
    const { reached, waiting, port } = await waitForReach(agent, registered);
    const facts = { ...(reached && { reached }), ...(waiting && { waiting }), ...(port !== undefined && { port }) };
    for (const line of describeReach({ ...facts, config, platform: process.platform })) tell(line);
    return { config, ...(reached && { reached }) };
  } finally {
    await agent.stop();
  }
}

/**
 * Listens for the coordinator where that may help: on the network, unless it was told where, or the coordinator is on this machine, or the
 * way in would be in clear while the way out is not.
 */
function configFor(given: AgentConfig, { coordinatorUrl, certificate, token }: Visited): AgentConfig {
  const isFar = !isThisMachine(hostOf(coordinatorUrl));
  const wouldBeClear = coordinatorUrl.startsWith('https:') && given.tlsCert === undefined;
  const opens = isFar && !wouldBeClear && given.transport !== 'tunnel' && isLoopbackHost(given.host);
  return agentConfigSchema.parse({
    ...given,
    coordinatorUrl,
    ...(token === undefined ? {} : { joinToken: token }),
    ...(certificate === undefined ? {} : { coordinatorCertificate: certificate }),
    ...(opens ? { host: '0.0.0.0' } : {}),
  });
}

async function waitForRegistration(agent: Agent): Promise<AgentReport> {
  const report = await waitUntil(systemClock, REGISTER_WITHIN_MS, () => {
    const { problem, ...now } = agent.status();
    if (problem !== undefined && HOPELESS.has(problem.code)) throw problem;
    return now.phase === 'registered' ? now : undefined;
  });
  if (report !== undefined) return report;
  throw (
    agent.status().problem ??
    new AppError('COORDINATOR_UNREACHABLE', { details: { url: agent.status().coordinatorUrl, cause: 'no answer' } })
  );
}

async function waitForReach(agent: Agent, registered: AgentReport): Promise<AgentReport> {
  if (registered.waiting) return registered;
  return (await waitUntil(systemClock, REACHED_WITHIN_MS, () => (agent.status().reached ? agent.status() : undefined))) ?? agent.status();
}
