import { type AgentId, type Balancer, type Choice, type Costed, contenders } from '@ollama-coordinator/common/balancing';

/**
 * Each agent in turn: the candidate whose last turn is longest ago. Counting turns per agent rather than moving one cursor
 * keeps the spread equal while candidates differ from request to request (models, retries, agents that come and go).
 */
export function createRoundRobin(): Balancer {
  const lastTurns = new Map<AgentId, number>();
  let turns = 0;
  return {
    choose: (_request, candidates) => chooseLongestAgo(candidates, lastTurns),
    assigned({ agent }) {
      turns += 1;
      lastTurns.set(agent, turns);
    },
    fleet(change) {
      if (change.type === 'agent-left') lastTurns.delete(change.agent);
    },
    inspect: () => ({ turns, lastTurns: Object.fromEntries(lastTurns) }),
  };
}

/** An agent that had no turn yet comes before all that had one; equal ones come in the order of their ids. Pure. */
function chooseLongestAgo(candidates: readonly Costed[], lastTurns: ReadonlyMap<AgentId, number>): Choice {
  const among = contenders(candidates);
  let best: Costed | undefined;
  let bestTurn = 0;
  for (const candidate of among) {
    const turn = lastTurns.get(candidate.agent.id) ?? 0;
    if (best && (turn === bestTurn ? best.agent.id < candidate.agent.id : bestTurn < turn)) continue;
    best = candidate;
    bestTurn = turn;
  }
  if (!best) return { reject: true, why: 'there is no candidate' };
  return { agent: best.agent.id, why: `its turn among ${among.length}${best.free ? '' : ', all of them busy'}` };
}
