import type { Random } from '@ollama-coordinator/common';
import {
  type AgentView,
  type Choice,
  type Costed,
  contenders,
  loadWithOneMore,
  type RequestFacts,
} from '@ollama-coordinator/common/balancing';
import { affinityKey, hashToUnit } from './affinity-key.js';

export interface PrefixAffinityOptions {
  /** Leading blocks of the prompt that requests must share, where they name no session. */
  readonly blocks: number;
  /** An agent is overloaded with more than this many times its fair share of what is in flight. */
  readonly loadFactor: number;
  /** Part of its slots up to which no agent is overloaded, whatever the others have. */
  readonly fill: number;
  /** Seconds that a warm cache is worth: agents that cost so much more by other balancers are still considered. */
  readonly worthS: number;
}

interface Ranked {
  readonly candidate: Costed;
  readonly rank: number;
}

/**
 * Weighted rendezvous hashing with bounded loads: every replica ranks the agents alike for a key, and takes the first that is
 * not overloaded. Requests without a key go to the least busy contender. Pure but for `random`.
 */
export function choosePrefixAffinity(
  request: RequestFacts,
  candidates: readonly Costed[],
  options: PrefixAffinityOptions,
  random: Random,
): Choice {
  const key = affinityKey(request, options.blocks);
  if (key === undefined) return leastBusy(contenders(candidates), random, 'no session and no prefix');
  const home = highest(candidates, key);
  if (!home) return { reject: true, why: 'there is no candidate' };
  const among = contenders(candidates, options.worthS);
  const hasRoom = roomTest(among, options);
  const best = highest(among.filter(hasRoom), key) ?? highest(among, key) ?? home;
  const what = request.session === undefined ? 'prefix' : 'session';
  const why =
    best.candidate === home.candidate ? `home of its ${what}` : `next for its ${what}, since ${home.candidate.agent.name} has no room`;
  return { agent: best.candidate.agent.id, why };
}

/** The candidate that ranks highest for the key: −weight ÷ ln(hash), with slots × weight as the weight. */
function highest(candidates: readonly Costed[], key: string): Ranked | undefined {
  let best: Ranked | undefined;
  for (const candidate of candidates) {
    const { id, slots, weight } = candidate.agent;
    const rank = -(slots * weight) / Math.log(hashToUnit(key, id));
    if (!best || rank > best.rank || (rank === best.rank && id < best.candidate.agent.id)) best = { candidate, rank };
  }
  return best;
}

/** In flight with this one ≤ max(fill × slots, loadFactor × the agent's share, by slots × weight, of all that would be in flight). */
function roomTest(among: readonly Costed[], { loadFactor, fill }: PrefixAffinityOptions): (candidate: Costed) => boolean {
  let inFlight = 1;
  let strength = 0;
  for (const { agent } of among) {
    inFlight += agent.inFlight + agent.foreign;
    strength += strengthOf(agent);
  }
  return ({ agent }) => {
    const share = strength > 0 ? (inFlight * strengthOf(agent)) / strength : 0;
    return agent.inFlight + agent.foreign + 1 <= Math.ceil(Math.max(fill * agent.slots, loadFactor * share));
  };
}

function strengthOf({ slots, weight }: AgentView): number {
  return slots * weight;
}

function leastBusy(among: readonly Costed[], random: Random, what: string): Choice {
  let best: Costed | undefined;
  let least = Number.POSITIVE_INFINITY;
  let equals = 0;
  for (const candidate of among) {
    const load = loadWithOneMore(candidate.agent);
    if (load > least) continue;
    equals = load === least ? equals + 1 : 1;
    if (load < least || random() * equals < 1) best = candidate;
    least = load;
  }
  if (!best) return { reject: true, why: 'there is no candidate' };
  return { agent: best.agent.id, why: `${what}: least busy of ${among.length}` };
}
