import { systemClock } from '@ollama-coordinator/common';
import { findCoordinators } from '../discover/find-coordinators.js';
import type { Command } from './command.js';
import { fail, say } from './tell.js';

export const discoverCommand: Command = {
  usage: 'discover',
  summary: 'coordinators of this network that let themselves be found',
  async run() {
    say('asking this network for coordinators …');
    const found = await findCoordinators({ clock: systemClock });
    if (found.length === 0) return fail(NOTHING_FOUND);
    for (const { name, url } of found) say(`${name}: ${url}`);
    say('whether it is the right one, whoever runs it knows: ask them for a link, and use it with "ollama-agent join"');
    return 0;
  },
};

const NOTHING_FOUND =
  'no coordinator answered in this network. One is found only from the same network, and where it was started with COORDINATOR_DISCOVERY=on; else ask whoever runs it for a link ("Add a machine" on the dashboard), and use it with "ollama-agent join"';
