import type { RegisterRequest } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';

/** The id that the agent brought, else one made of machine name and Ollama port, as `mac-studio-11434`. */
export function identifyAgent(request: Pick<RegisterRequest, 'agent_id' | 'machine_name' | 'ollama_port'>): AgentId {
  if (request.agent_id !== undefined) return request.agent_id;
  const slug = request.machine_name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50);
  return `${slug === '' ? nameByCodePoints(request.machine_name) : slug}-${request.ollama_port}`;
}

/** A machine name without a single Latin letter or digit still needs an id of its own. */
function nameByCodePoints(name: string): string {
  const codes = [...name].map((letter) => letter.codePointAt(0)?.toString(16) ?? '');
  return `machine-${codes.join('').slice(0, 40)}`;
}

/** Where an agent listens, as a URL in its one spelling; an IPv6 address is put in brackets. What is no address stays as it is. */
export function agentAddress(host: string, port: number): string {
  const address = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
  return URL.canParse(address) ? new URL(address).origin : address;
}
