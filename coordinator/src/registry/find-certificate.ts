import type { AgentEntry } from './agent-entry.js';
import { agentAddress } from './identify-agent.js';

/** Where one of several agents that ever listened there had a certificate, nothing is said there in clear. */
export function findCertificate(entries: Iterable<AgentEntry>, host: string, port: number): string | undefined {
  const address = agentAddress(host, port);
  let found: string | undefined;
  for (const { registration, presence } of entries) {
    if (registration.address !== address || registration.certificate === undefined) continue;
    if (presence !== 'offline') return registration.certificate;
    found = registration.certificate;
  }
  return found;
}
