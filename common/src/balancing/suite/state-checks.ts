import assert from 'node:assert/strict';
import type { AgentView, Balancer, Costed, RequestFacts } from '../contract.js';
import { ask, assign, momentOf, run, settle, stateOf, weigh } from './drive.js';
import { sampleAgent, sampleRequest } from './sample-agents.js';
import { balancerCheck, type Check, twinCheck } from './subject.js';

const MANY = 1000;
/** What a counter's digits may add to the text of a state that does not grow. */
const DIGITS = 64;

export const stateChecks: readonly Check[] = [
  balancerCheck('shows by inspect what it keeps from feedback', (balancer) => {
    const keeps = balancer.assigned || balancer.firstByte || balancer.settled;
    assert.ok(!keeps || balancer.inspect, 'a balancer that listens to feedback must show its state by inspect');
    assert.doesNotThrow(() => JSON.parse(stateOf(balancer)), 'inspect must return plain JSON');
  }),
  balancerCheck('answers feedback at once, never by a promise', (balancer) => {
    const [request, agent] = [sampleRequest(1), 'a'];
    const candidates = oneOf(balancer, request, agent);
    const answers: unknown[] = [
      balancer.assigned?.({ request, agent, candidates, at: momentOf(1) }),
      balancer.firstByte?.({ request, agent, at: momentOf(2), firstByteMs: 50 }),
      balancer.settled?.({ request, agent, at: momentOf(3), outcome: 'completed', totalMs: 900 }),
      balancer.fleet?.({ type: 'agent-left', agent }),
    ];
    for (const answer of answers)
      assert.equal(answer, undefined, 'a feedback hook must return nothing: the coordinator does not wait for it');
  }),
  twinCheck('comes to rest when every attempt has settled', (used, fresh) => {
    const agents = [sampleAgent('left'), sampleAgent('right')];
    for (let seed = 1; seed <= MANY; seed += 1) serve(used, 'left', seed, agents);
    const shares = [shareOfLeft(used, agents), shareOfLeft(fresh, agents)];
    const avoided = shares[0] === 0 && (shares[1] ?? 0) > 0;
    assert.ok(!avoided, `after ${MANY} settled attempts an agent is never chosen again: settled must undo what assigned counted`);
  }),
  balancerCheck('does not grow with the requests that it has seen', (balancer) => {
    const drive = (first: number) => {
      for (let seed = first; seed < first + MANY; seed += 1) serve(balancer, `agent-${seed % 3}`, seed);
      return stateOf(balancer).length;
    };
    const before = drive(1);
    const after = drive(1 + MANY);
    assert.ok(after <= before + DIGITS, `its state grew from ${before} to ${after} characters by ${MANY} settled attempts`);
  }),
  balancerCheck('forgets an agent that left, also when its attempts settle afterwards', (balancer) => {
    const before = stateOf(balancer).length;
    for (let seed = 1; seed <= MANY; seed += 1) leaveWhileRunning(balancer, seed);
    const after = stateOf(balancer);
    assert.ok(!after.includes('leaver-'), 'inspect still shows agents that left');
    assert.ok(after.length <= before + DIGITS, `its state grew from ${before} to ${after.length} characters by agents that came and left`);
  }),
];

/** One request, from `assigned` to `settled`, on an agent that is chosen here. */
function serve(balancer: Balancer, agent: string, seed: number, agents: readonly AgentView[] = [sampleAgent(agent)]): void {
  const request = sampleRequest(seed);
  run(balancer, { request, agent, candidates: weigh(balancer, request, agents, momentOf(seed)), seed });
}

function oneOf(balancer: Balancer, request: RequestFacts, agent: string): readonly Costed[] {
  return weigh(balancer, request, [sampleAgent(agent)], momentOf(1));
}

/** How many of 100 requests, one after the other, the first of two equal agents gets. */
function shareOfLeft(balancer: Balancer, agents: readonly AgentView[]): number {
  let share = 0;
  for (let number = 1; number <= 100; number += 1) {
    const seed = MANY + number;
    const choice = ask(balancer, sampleRequest(seed), agents, seed);
    if ('reject' in choice) continue;
    if (choice.agent === 'left') share += 1;
    serve(balancer, choice.agent, seed, agents);
  }
  return share;
}

function leaveWhileRunning(balancer: Balancer, seed: number): void {
  const agent = `leaver-${seed}`;
  const request = sampleRequest(seed);
  serve(balancer, agent, seed);
  const attempt = { request, agent, candidates: oneOf(balancer, request, agent), seed };
  assign(balancer, attempt);
  balancer.fleet?.({ type: 'runner-unloaded', agent, signature: request.signature });
  balancer.fleet?.({ type: 'agent-left', agent });
  balancer.firstByte?.({ request, agent, at: momentOf(seed), firstByteMs: 50 });
  settle(balancer, attempt);
}
