import { join as joinPath } from 'node:path';
import { type AgentConfig, type JoinLink, parseJoinLink, saveSettings } from '@ollama-coordinator/common';
import { isLoopbackHost } from '../http/local-address.js';
import type { Command } from './command.js';
import { say } from './tell.js';
import { type Visit, visitCoordinator } from './visit-coordinator.js';

export const joinCommand: Command = {
  usage: 'join LINK',
  summary: 'join a fleet by a link of its dashboard, or of "ollama-coordinator agents invite"',
  takesWords: true,
  async run(config, { words }) {
    // A link that a shell cut in pieces is none.
    const link = parseJoinLink(words.join(' '));
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
export async function joinFleet(
  given: AgentConfig,
  link: JoinLink,
  tell: (line: string) => void,
  path = process.env.AGENT_CONFIG || usualConfigFile(given.dataDir),
): Promise<string> {
  tell(`joining ${link.coordinatorUrl} …`);
  keep(path, await visitCoordinator(given, link, tell));
  return path;
}

function keep(path: string, { config, reached }: Visit): void {
  const { coordinatorUrl, coordinatorCertificate, name, host } = config;
  const isDirect = reached === 'direct' && !isLoopbackHost(host);
  saveSettings(path, {
    coordinatorUrl,
    coordinatorCertificate,
    ...(name === undefined ? {} : { name }),
    ...(isDirect ? { host } : {}),
    transport: reached === 'tunnel' ? 'tunnel' : 'auto',
  });
}
