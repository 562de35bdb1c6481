import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { absenceOf } from '../agent-standing.js';
import { describeReload, type Reload } from '../steer.js';

/** Why an agent may not have a request, and what a person can do about it, both in words. */
export interface WhyNot {
  readonly reason: string;
  readonly fix: string;
}

/** An agent that does not have the model on its disk. Pure. */
export function lacksModel(agent: AgentRecord, model: string): WhyNot {
  if (agent.models.size === 0 && agent.status === 'joining')
    return { reason: 'has not told its models yet', fix: 'wait for its first heartbeat' };
  const here = `POST /api/pull with the header "x-coordinator-agents: ${agent.name}"`;
  return { reason: `does not have ${model}`, fix: `"ollama pull ${model}" on ${agent.machineName}, or ${here}` };
}

/** An agent whose copy of the model is not the one that requests go to. Pure. */
export function hasOtherBuild(agent: AgentRecord, model: string): WhyNot {
  const digest = agent.models
    .get(model)
    ?.digest.replace(/^sha256:/, '')
    .slice(0, 12);
  return {
    reason: `has another build of ${model} (${digest})`,
    fix: 'a job of the kind sync makes all the same; the setting variants says which one requests go to',
  };
}

/** An agent that is away, or wants no requests; undefined for one that is there. Pure. */
export function isAway(agent: AgentRecord): WhyNot | undefined {
  const absence = absenceOf(agent);
  return absence === undefined ? undefined : { reason: absence, fix: fixFor(absence, agent) };
}

function fixFor(absence: string, { name, machineName, state }: AgentRecord): string {
  switch (absence) {
    case 'offline':
      return `start the agent on ${machineName}`;
    case 'joining':
      return 'wait for its first heartbeat';
    case 'draining':
      return `"ollama-coordinator agent resume ${name}", once it may have requests again`;
    case 'Ollama down':
      return `start Ollama on ${machineName} ("ollama serve"); its log says why it stopped`;
    default:
      if (state === 'paused') return `wait until it comes back, or run "ollama-agent resume" on ${machineName}`;
      return `PATCH /api/agents/${name} with {"weight": 1}`;
  }
}

/** An agent whose pinned models leave no room for another one. Pure. */
export function lacksRoom({ kept = [] }: AgentRecord): WhyNot {
  const pinned = kept.filter((one) => one.pinned).map(({ model }) => model);
  return {
    reason: `what is pinned there (${pinned.join(', ')}) leaves no room for it`,
    fix: 'change the placement, or bring the model to another agent',
  };
}

export function missesPin(pin: string): WhyNot {
  return { reason: `is not what the pin "${pin}" names`, fix: 'pin another agent, or none' };
}

/** `outMs`: for how long it is still kept out; undefined where a request is on its way that will show. */
export function isEjected(outMs: number | undefined): WhyNot {
  const until = outMs === undefined ? 'one request is on its way there to see' : `for another ${Math.ceil(outMs / 1000)} s`;
  return { reason: `failed lately and is kept out (${until})`, fix: 'its log and that of its Ollama say why; it is tried again by itself' };
}

export function isSuspect({ heartbeatMs }: AgentRecord): WhyNot {
  return {
    reason: 'its watch is silent, and others can serve',
    fix: `look at the network and the machine; it beats every ${heartbeatMs / 1000} s and is offline if it stays silent`,
  };
}

/** `because`: the parts of the cost that are infinite. */
export function isRefused(balancer: string, because: readonly string[]): WhyNot {
  const what = because.length > 0 ? `: ${because.join('; ')}` : '';
  return { reason: `refused by ${balancer}${what}`, fix: `change the options of ${balancer}, or what they look at` };
}

/** It would have to load the model again with other options, and another need not. */
export function reloads(reload: Reload): WhyNot {
  return {
    reason: describeReload({ ...reload, isAvoided: true }),
    fix: 'ask with the load options that it has loaded, or let raise_num_ctx see to num_ctx',
  };
}
