import assert from 'node:assert/strict';
import { seededRandom } from '../../time/random.js';
import type { AgentView, Balancer, CostPart, RequestFacts } from '../contract.js';
import { momentOf, run, weigh } from './drive.js';
import { randomAgent, randomRequest } from './random-agents.js';
import { balancerCheck, type Check } from './subject.js';

const SAMPLES = 200;
/** Sums of the same terms in another order may differ in their last bits. */
const ROUNDING = 1e-9;

/** What `explain` promises, over random agents and requests, before and after feedback. */
export const explainChecks: readonly Check[] = [
  explainCheck('explains its cost by parts that add up to it', (balancer, request, agent, parts) => {
    const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    const cost = balancer.cost?.(request, agent, momentOf(1)) ?? total;
    const equal = total === cost || (Number.isFinite(cost) && Math.abs(total - cost) <= ROUNDING * Math.abs(cost));
    assert.ok(equal, `the parts of ${agent.id} add up to ${total} s, its cost is ${cost} s: ${JSON.stringify(agent)}`);
  }),
  explainCheck('names each part once, in words', (_balancer, _request, _agent, parts) => {
    const names = parts.map(({ name }) => name);
    for (const name of names) assert.ok(typeof name === 'string' && name.trim() !== '', `a part is named ${JSON.stringify(name)}`);
    assert.equal(new Set(names).size, names.length, `parts must have different names, not ${names.join(', ')}`);
    for (const { name, seconds } of parts)
      assert.ok(typeof seconds === 'number' && !Number.isNaN(seconds), `"${name}" is ${String(seconds)}, not seconds`);
  }),
];

type Claim = (balancer: Balancer, request: RequestFacts, agent: AgentView, parts: readonly CostPart[]) => void;

function explainCheck(name: string, claim: Claim): Check {
  return balancerCheck(name, (balancer) => {
    if (!balancer.explain) return;
    const random = seededRandom(1);
    for (let number = 1; number <= SAMPLES; number += 1) {
      const request = randomRequest(number, random);
      const agents = ['a', 'b', 'c'].map((id) => randomAgent(id, random));
      for (const agent of agents) claim(balancer, request, agent, balancer.explain(request, agent, momentOf(1)));
      const candidates = weigh(balancer, request, agents, momentOf(number));
      const [first] = candidates;
      if (first) run(balancer, { request, agent: first.agent.id, candidates, seed: number });
    }
  });
}
