import { createHash } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { hostOf, isThisMachine, portOf } from '../http/local-address.js';

/** What a machine is told from others by. */
export interface MachineMarks {
  readonly hostname: string;
  /** Of its network interfaces, as `aa:bb:cc:dd:ee:ff`. */
  readonly macs: readonly string[];
}

/**
 * Stands for an Ollama towards the coordinator, which gets no more than the hash: two agents in front of the same one send the same, whatever
 * their users and data folders are. An Ollama on this machine is told by the machine and the port, any other by its address.
 */
export function ollamaIdOf(ollamaUrl: string, marks: MachineMarks = ownMarks()): string {
  const host = hostOf(ollamaUrl);
  const machine = isThisMachine(host) ? [marks.hostname, ...lastingMacs(marks.macs)].join(' ') : host.toLowerCase();
  return createHash('sha256')
    .update(`${machine} ${portOf(ollamaUrl)}`)
    .digest('hex')
    .slice(0, 32);
}

/** Those that a maker gave: what containers and tunnels make up comes and goes. Where there are none, all. */
function lastingMacs(macs: readonly string[]): string[] {
  const given = macs.filter((mac) => (Number.parseInt(mac.slice(0, 2), 16) & 0b10) === 0);
  return [...new Set(given.length > 0 ? given : macs)].sort();
}

function ownMarks(): MachineMarks {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return { hostname: hostname(), macs: interfaces.filter(({ internal }) => !internal).map(({ mac }) => mac) };
}
