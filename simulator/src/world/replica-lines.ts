import { type Random, silentLogger, type WantsInput, wantsSchema } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { createAnnounceWants, type WantingHead } from '#coordinator/admission/announce-wants.js';
import { createWaitingLines } from '#coordinator/admission/waiting-lines.js';
import type { Tokens } from '#coordinator/credentials/tokens.js';
import { watchFleet } from '#coordinator/registry/watch-fleet.js';
import type { ProcessClock } from '../time/event-clock.js';
import type { Network } from './network.js';
import type { ReplicaRegistry } from './replica-registry.js';
import { createOpenWatch } from './replica-transport.js';
import type { SimAgent } from './sim-agent.js';

export interface ReplicaLinesDeps {
  readonly id: string;
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly network: Network;
  readonly agents: ReadonlyMap<string, SimAgent>;
  readonly tokens: Tokens;
  readonly registry: ReplicaRegistry;
  readonly limit: number;
  readonly timeoutMs: number;
  readonly onWants?: WantsListener | undefined;
}

/** Heads of lines by the agent whose next slot they wait for. */
export type Wants = ReadonlyMap<AgentId, readonly WantingHead[]>;

/** Told of them after each round. */
export type WantsListener = (replica: string, wants: Wants) => void;

/** Waiting lines, the watches that tell of free slots, and the wants that ask for them; joined as start-fleet-parts does it. */
export function wireLines(deps: ReplicaLinesDeps) {
  const { id, clock, random, network, agents, tokens, registry: parts, limit, timeoutMs } = deps;
  const { fleet, events, registry } = parts;
  const sendWants = (agent: AgentId, body: WantsInput) => {
    const incarnation = fleet.entry(agent)?.incarnation ?? 0;
    const text = JSON.stringify(body);
    network.deliver(id, agent, () => {
      if (!clock.isDead()) agents.get(agent)?.setWants(id, incarnation, wantsSchema.parse(JSON.parse(text)));
    });
  };
  const wants = createAnnounceWants(clock, sendWants);
  const onWants = (heads: Wants) => {
    deps.onWants?.(id, heads);
    wants.announce(heads);
  };
  const lines = createWaitingLines({ limit, timeoutMs, clock, onWants });
  fleet.onChange((_snapshot, { changed, removed }) => lines.capacityChanged([...changed.map((agent) => agent.id), ...removed]));
  const watches = watchFleet({
    fleet,
    events,
    agentToken: tokens.forAgent,
    clock,
    random,
    log: silentLogger,
    onGrant: (agent, grant) => {
      wants.granted(agent);
      lines.granted(agent, grant);
    },
    onGone: (agent, incarnation) => void registry.leave(agent, incarnation),
    open: createOpenWatch({ replica: id, clock, network, agents }),
  });
  return { lines, watches };
}
