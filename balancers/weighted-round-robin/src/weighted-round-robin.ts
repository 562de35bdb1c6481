import { type AgentId, type AgentView, type Balancer, type Choice, type Costed, contenders } from '@ollama-coordinator/common/balancing';

/**
 * Smooth weighted turns: each turn every contender gains its weight as credit, and the one whose turn it is pays what all of
 * them gained. So shares follow the weights and turns of one agent are spread out (5, 1, 1 makes a a b a c a a), and an agent
 * that did not contend for a while has saved up nothing.
 */
export function createWeightedRoundRobin(): Balancer {
  const credits = new Map<AgentId, number>();
  return {
    choose: (_request, candidates) => chooseMostCredit(candidates, credits),
    assigned({ agent, candidates }) {
      const among = contenders(candidates);
      // A slot that was granted, or a choice that this balancer did not make, is no turn of anybody's.
      if (!among.some((candidate) => candidate.agent.id === agent)) return;
      const gained = among.reduce((sum, candidate) => sum + candidate.agent.weight, 0);
      // Its own choices never lead beyond one cycle's gain; the bound is for assignments that others chose.
      for (const { agent: contender } of among) {
        const credit = (credits.get(contender.id) ?? 0) + contender.weight;
        credits.set(contender.id, contender.id === agent ? Math.max(credit - gained, -gained) : Math.min(credit, gained));
      }
    },
    fleet(change) {
      if (change.type === 'agent-left') credits.delete(change.agent);
    },
    inspect: () => ({ credits: Object.fromEntries(credits) }),
  };
}

/** The contender with the most credit after this turn's gain; equal ones come in the order of their ids. Pure. */
function chooseMostCredit(candidates: readonly Costed[], credits: ReadonlyMap<AgentId, number>): Choice {
  const among = contenders(candidates);
  const creditOf = ({ id, weight }: AgentView) => (credits.get(id) ?? 0) + weight;
  let best: Costed | undefined;
  let bestCredit = 0;
  for (const candidate of among) {
    const credit = creditOf(candidate.agent);
    if (candidate.agent.weight <= 0) continue;
    if (best && (credit === bestCredit ? best.agent.id < candidate.agent.id : bestCredit > credit)) continue;
    best = candidate;
    bestCredit = credit;
  }
  if (!best) return { reject: true, why: 'there is no candidate of weight above 0' };
  return {
    agent: best.agent.id,
    why: `its turn among ${among.length} by weight ${best.agent.weight}${best.free ? '' : ', all of them busy'}`,
  };
}
