import { join as joinPath } from 'node:path';
import {
  type AgentConfig,
  AppError,
  agentConfigSchema,
  createLogger,
  type JoinLink,
  parseJoinLink,
  saveSettings,
  systemClock,
} from '@ollama-coordinator/common';
import { type Agent, createAgent } from '../agent.js';
import { hostOf, isLoopbackHost, isThisMachine } from '../http/local-address.js';
import type { AgentReport } from '../running-agent.js';
import type { Command } from './command.js';
import { describeReach } from './describe-reach.js';
import { say } from './tell.js';
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

export const joinCommand: Command = {
  usage: 'join LINK',
  summary: 'join a fleet by a link of its dashboard, or of "ollama-coordinator agents invite"',
  takesWords: true,
  async run(config, { words }) {
    const link = words.length === 1 ? parseJoinLink(words[0] ?? '') : undefined;
    if (link === undefined) throw new AppError('BAD_JOIN_LINK');
    const path = await joinFleet(config, link, say);
    say(`the settings are in ${path}. Start the agent with "ollama-agent run"`);
    return 0;
  },
};

/** The file that `ollama-agent run` reads where AGENT_CONFIG names none. */
export function usualConfigFile(dataDir: string): string {
  return joinPath(dataDir, 'agent.toml');
}

/**
 * Registers this machine once, looks how the coordinator reaches it, and keeps what is to be kept: the address, the certificate, the way.
 * The token is spent, and not kept. Resolves with the file. Throws what went wrong as a sentence.
 */
export async function joinFleet(given: AgentConfig, link: JoinLink, tell: (line: string) => void): Promise<string> {
  const joining = configFor(given, link);
  tell(`joining ${link.coordinatorUrl} …`);
  const agent = createAgent({ config: joining, log: createLogger({ program: 'ollama-agent', level: 'silent' }) });
  try {
    await agent.start();
    const registered = await waitForRegistration(agent);
    tell(`registered as "${registered.name}" (${registered.agentId})`);
    const reached = await waitForReach(agent, registered);
    for (const line of describeReach({ ...reached, config: joining, platform: process.platform })) tell(line);
    return keep(joining, reached);
  } finally {
    await agent.stop();
  }
}

/**
 * Listens for the coordinator where that may help: on the network, unless it was told where, or the coordinator is on this machine, or the
 * way in would be in clear while the way out is not.
 */
function configFor(given: AgentConfig, { coordinatorUrl, certificate, token }: JoinLink): AgentConfig {
  const isFar = !isThisMachine(hostOf(coordinatorUrl));
  const wouldBeClear = coordinatorUrl.startsWith('https:') && given.tlsCert === undefined;
  const opens = isFar && !wouldBeClear && given.transport !== 'tunnel' && isLoopbackHost(given.host);
  return agentConfigSchema.parse({
    ...given,
    coordinatorUrl,
    joinToken: token,
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

async function waitForReach(agent: Agent, registered: AgentReport): Promise<Pick<AgentReport, 'reached' | 'waiting' | 'port'>> {
  if (registered.waiting) return registered;
  return (await waitUntil(systemClock, REACHED_WITHIN_MS, () => (agent.status().reached ? agent.status() : undefined))) ?? agent.status();
}

function keep(config: AgentConfig, { reached }: Pick<AgentReport, 'reached'>): string {
  const path = process.env.AGENT_CONFIG || usualConfigFile(config.dataDir);
  const { coordinatorUrl, coordinatorCertificate, name, host } = config;
  const isDirect = reached === 'direct' && !isLoopbackHost(host);
  saveSettings(path, {
    coordinatorUrl,
    coordinatorCertificate,
    ...(name === undefined ? {} : { name }),
    ...(isDirect ? { host } : {}),
    transport: reached === 'tunnel' ? 'tunnel' : 'auto',
  });
  return path;
}
