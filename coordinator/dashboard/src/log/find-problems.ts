import type { Agent, Request } from '@ollama-coordinator/common';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { t } from '../words/words.js';

/** Something that is wrong, in words, and what to do about it. */
export interface Problem {
  /** The same problem keeps it. */
  readonly id: string;
  readonly severity: 'bad' | 'warn';
  readonly what: string;
  readonly todo: string;
}

/** So many of the latest requests are looked at, and fewer say nothing. */
const LATEST = 50;
const LEAST = 10;
const FAILING_SHARE = 0.2;
const FULL_MEMORY = 0.97;
const HOT_C = 90;
const NAMES_SHOWN = 4;

/** What is wrong with the fleet as the page knows it, worst first. Pure. */
export function findProblems(fleet: PageState): readonly Problem[] {
  const agents = [...fleet.agents.values()];
  const found = [
    ...ofRedis(fleet),
    ...ofPresence(agents),
    ...ofMachines(agents),
    ...ofModels(agents),
    ...ofVersions(agents),
    ...ofRequests([...fleet.requests.values()], agents),
  ];
  return found.sort((a, b) => Number(a.severity === 'warn') - Number(b.severity === 'warn'));
}

function ofRedis({ redis }: PageState): Problem[] {
  if (redis === 'up') return [];
  return [
    bad(
      'redis',
      t('Redis does not answer.'),
      t('Requests are served on from memory. Start Redis again: history, jobs and changes wait for it.'),
    ),
  ];
}

function ofPresence(agents: readonly Agent[]): Problem[] {
  const offline = agents.filter(({ status }) => status === 'offline');
  const suspect = agents.filter(({ status }) => status === 'suspect');
  const down = agents.filter(({ state, status }) => state === 'ollama_down' && status !== 'offline');
  const serving = agents.some(({ status }) => status === 'online');
  const names = (some: readonly Agent[]) => ({ names: namesOf(some) });
  return [
    ...(agents.length > 0 && !serving
      ? [bad('nobody', t('No agent is online: requests wait or are refused.'), t('Start an agent, or look why those below are away.'))]
      : []),
    ...(down.length > 0
      ? [
          bad(
            'ollama',
            t('Ollama is down on {names}.', names(down)),
            t('Start Ollama there again and look into its log; the agent finds it by itself.'),
          ),
        ]
      : []),
    ...(offline.length > 0
      ? [
          warn(
            'offline',
            t('{names} went offline.', names(offline)),
            t('Start the agent there again, or remove it if the machine is gone for good.'),
          ),
        ]
      : []),
    ...(suspect.length > 0
      ? [
          warn(
            'suspect',
            t('{names} does not answer the watch.', names(suspect)),
            t('Look whether the machine sleeps, or the network between is slow.'),
          ),
        ]
      : []),
  ];
}

function ofMachines(agents: readonly Agent[]): Problem[] {
  const present = agents.filter(({ status }) => status !== 'offline');
  const full = present.filter(({ metrics }) => (metrics.memory ?? 0) >= FULL_MEMORY);
  const hot = present.filter(({ metrics }) => metrics.gpus.some(({ temperature_c }) => (temperature_c ?? 0) >= HOT_C));
  return [
    ...(full.length > 0
      ? [
          warn(
            'memory',
            t('The memory of {names} is full.', { names: namesOf(full) }),
            t('Unload a model there, or use a smaller one: a machine that swaps answers slowly.'),
          ),
        ]
      : []),
    ...(hot.length > 0
      ? [
          warn(
            'hot',
            t('A GPU of {names} is hotter than 90 °C.', { names: namesOf(hot) }),
            t('Look at its fans; a hot GPU slows itself down.'),
          ),
        ]
      : []),
  ];
}

function ofModels(agents: readonly Agent[]): Problem[] {
  const present = new Map<string, Set<string>>();
  const away = new Set<string>();
  for (const { status, models } of agents) {
    for (const { name, digest } of models) {
      if (status === 'offline') away.add(name);
      else present.set(name, (present.get(name) ?? new Set()).add(digest));
    }
  }
  const lost = [...away].filter((name) => !present.has(name));
  const differing = [...present].filter(([, digests]) => digests.size > 1).map(([name]) => name);
  return [
    ...(lost.length > 0
      ? [
          warn(
            'lost',
            t('{names} is on no agent that is present.', { names: listed(lost) }),
            t('Bring its agent back, or pull it to another one on the page Models.'),
          ),
        ]
      : []),
    ...(differing.length > 0
      ? [
          warn(
            'variants',
            t('{names} is not the same on all agents.', { names: listed(differing) }),
            t('Pull it again where it is old: ollama-coordinator pull, or the page Models.'),
          ),
        ]
      : []),
  ];
}

function ofVersions(agents: readonly Agent[]): Problem[] {
  const versions = new Set(
    agents
      .filter(({ status }) => status !== 'offline')
      .map(({ ollama_version }) => ollama_version)
      .filter(Boolean),
  );
  if (versions.size < 2) return [];
  return [
    warn(
      'versions',
      t('The agents have different versions of Ollama: {names}.', { names: listed([...versions].sort()) }),
      t('Update the older ones: answers and speeds may differ.'),
    ),
  ];
}

function ofRequests(requests: readonly Request[], agents: readonly Agent[]): Problem[] {
  const settled = requests.filter(({ status }) => status !== 'queued' && status !== 'running').slice(-LATEST);
  const failed = settled.filter(({ status }) => status === 'failed');
  const waiting = requests.filter(({ status }) => status === 'queued').length;
  const slots = agents.filter(({ status }) => status === 'online').reduce((sum, agent) => sum + agent.slots, 0);
  const codes = listed([...new Set(failed.map(({ error_code }) => error_code ?? '').filter(Boolean))]);
  return [
    ...(settled.length >= LEAST && failed.length / settled.length >= FAILING_SHARE
      ? [
          bad(
            'failing',
            t('{failed} of the latest {all} requests failed ({codes}).', { failed: failed.length, all: settled.length, codes }),
            t('Open the failed ones on the page Requests: each says which agent, and why.'),
          ),
        ]
      : []),
    ...(slots > 0 && waiting > slots
      ? [
          warn(
            'queue',
            t('More requests wait ({waiting}) than there are slots ({slots}).', { waiting, slots }),
            t('Add an agent, put the model on more agents, or let more run at once (OLLAMA_NUM_PARALLEL).'),
          ),
        ]
      : []),
  ];
}

function namesOf(agents: readonly Agent[]): string {
  return listed(agents.map(({ name }) => name));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? t('{shown} and {more} more', { shown, more: names.length - NAMES_SHOWN }) : shown;
}

function bad(id: string, what: string, todo: string): Problem {
  return { id, severity: 'bad', what, todo };
}

function warn(id: string, what: string, todo: string): Problem {
  return { id, severity: 'warn', what, todo };
}
