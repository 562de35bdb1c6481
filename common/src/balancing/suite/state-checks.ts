import assert from 'node:assert/strict';
import type { AgentView, Balancer } from '../contract.js';
import { ask, attempt, momentOf, stateOf } from './drive.js';
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
  twinCheck('comes to rest when every attempt has settled', (used, fresh) => {
    const agents = [sampleAgent('left'), sampleAgent('right')];
    for (let number = 1; number <= MANY; number += 1) attempt(used, sampleRequest(number), 'left', number);
    const shares = [shareOfLeft(used, agents), shareOfLeft(fresh, agents)];
    const avoided = shares[0] === 0 && (shares[1] ?? 0) > 0;
    assert.ok(!avoided, `after ${MANY} settled attempts an agent is never chosen again: settled must undo what assigned counted`);
  }),
  balancerCheck('does not grow with the requests that it has seen', (balancer) => {
    const drive = (first: number) => {
      for (let number = first; number < first + MANY; number += 1) attempt(balancer, sampleRequest(number), `agent-${number % 3}`, number);
      return stateOf(balancer).length;
    };
    const before = drive(1);
    const after = drive(1 + MANY);
    assert.ok(after <= before + DIGITS, `its state grew from ${before} to ${after} characters by ${MANY} settled attempts`);
  }),
  balancerCheck('forgets an agent that left, also when its attempts settle afterwards', (balancer) => {
    const before = stateOf(balancer).length;
    for (let number = 1; number <= MANY; number += 1) leaveWhileRunning(balancer, number);
    const after = stateOf(balancer);
    assert.ok(!after.includes('leaver-'), 'inspect still shows agents that left');
    assert.ok(after.length <= before + DIGITS, `its state grew from ${before} to ${after.length} characters by agents that came and left`);
  }),
];

/** How many of 100 requests, one after the other, the first of two equal agents gets. */
function shareOfLeft(balancer: Balancer, agents: readonly AgentView[]): number {
  let share = 0;
  for (let number = 1; number <= 100; number += 1) {
    const request = sampleRequest(5000 + number);
    const choice = ask(balancer, request, agents, number);
    if ('reject' in choice) continue;
    if (choice.agent === 'left') share += 1;
    attempt(balancer, request, choice.agent, number);
  }
  return share;
}

function leaveWhileRunning(balancer: Balancer, number: number): void {
  const agent = `leaver-${number}`;
  const request = sampleRequest(number);
  attempt(balancer, request, agent, number);
  balancer.assigned?.({ request, agent, at: momentOf(number) });
  balancer.fleet?.({ type: 'runner-unloaded', agent, signature: request.signature });
  balancer.fleet?.({ type: 'agent-left', agent });
  balancer.firstByte?.({ request, agent, firstByteMs: 50 });
  balancer.settled?.({ request, agent, outcome: 'failed', totalMs: 900 });
}
