import assert from 'node:assert/strict';
import type { AgentView, Balancer, Choice } from '../contract.js';
import { deepFreeze } from './deep-freeze.js';
import { ask, attempt, momentOf, pick, stateOf, weigh } from './drive.js';
import { sampleAgent, sampleFleet, sampleRequest, silentAgent } from './sample-agents.js';
import { balancerCheck, type Check, twinCheck } from './subject.js';

const ROUNDS = 50;

/** Figures that an agent may leave out, each with two values that mean the opposite. */
const FIGURES = { cpuLoad: [0, 1], memoryLoad: [0, 1], vramFreeBytes: [0, 48e9], firstByteMs: [0, 60_000] } as const;

export const decisionChecks: readonly Check[] = [
  ...[1, 2, 1000].map((count) =>
    balancerCheck(`chooses one of ${count} candidate${count > 1 ? 's' : ''}, and says why`, (balancer) => {
      const agents = count === 1 ? [sampleAgent('only')] : sampleFleet(count);
      assertSound(ask(balancer, sampleRequest(1), agents, 1), agents);
      for (let round = 2; round < 10; round += 1) assertSound(ask(balancer, sampleRequest(round), agents, round), agents);
    }),
  ),
  balancerCheck('says why it rejects, also where every candidate is suspect, overloaded and full', (balancer) => {
    const runners = sampleAgent('x').runners.map((runner) => ({ ...runner, inFlight: runner.slots }));
    const agents = ['a', 'b'].map((id) =>
      sampleAgent(id, { suspect: true, cpuLoad: 1, memoryLoad: 1, inFlight: 4, vramFreeBytes: 0, runners }),
    );
    assertSound(ask(balancer, sampleRequest(1), agents, 1), agents);
  }),
  balancerCheck('never answers a cost that is not a number', (balancer) => {
    const agents = [...sampleFleet(60), silentAgent('silent'), sampleAgent('weightless', { weight: 0 })];
    for (const agent of agents) assertCost(balancer, agent);
  }),
  balancerCheck('chooses among agents that report nothing of themselves', (balancer) => {
    const agents = ['a', 'b', 'c'].map((id) => silentAgent(id));
    assertSound(ask(balancer, sampleRequest(1), agents, 1), agents);
  }),
  balancerCheck('does not take an unknown figure for zero', assertUnknownIsNotZero),
  balancerCheck('explains its cost by parts that add up to it', (balancer) => {
    if (!balancer.explain) return;
    for (const agent of sampleFleet(12)) {
      const parts = balancer.explain(sampleRequest(1), agent, momentOf(1));
      const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
      const cost = costOf(balancer, agent);
      assert.ok(
        total === cost || Math.abs(total - cost) <= 1e-6 * Math.abs(cost),
        `parts of ${agent.id} add up to ${total}, its cost is ${cost}`,
      );
    }
  }),
  twinCheck('repeats itself for the same requests, feedback and random numbers', (one, other) => {
    const agents = sampleFleet(20);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const choices = [one, one, other].map((balancer) => ask(balancer, sampleRequest(round), agents, round));
      assert.deepEqual(choices[1], choices[0], 'the same question put twice must get the same answer');
      assert.deepEqual(choices[2], choices[0], 'another instance with the same history must give the same answer');
      const choice = choices[0];
      if (choice && 'agent' in choice) for (const balancer of [one, other]) attempt(balancer, sampleRequest(round), choice.agent, round);
    }
  }),
  balancerCheck('does not change its state by deciding', (balancer) => {
    const before = stateOf(balancer);
    for (let round = 1; round <= ROUNDS; round += 1) ask(balancer, sampleRequest(round), sampleFleet(12), round);
    assert.equal(stateOf(balancer), before, 'cost and choose must be pure: move state in assigned and settled');
  }),
  balancerCheck('leaves what it is given untouched', (balancer) => {
    const request = deepFreeze(sampleRequest(1));
    const agents = deepFreeze(sampleFleet(12));
    const at = momentOf(1);
    const candidates = weigh(balancer, request, agents, at);
    pick(balancer, request, deepFreeze(candidates), at);
    for (const agent of agents) balancer.explain?.(request, agent, at);
    // Code that is not strict fails silently on what is frozen: the same again, with input that can be changed.
    const open = weigh(balancer, sampleRequest(1), sampleFleet(12), at);
    const before = picture(open);
    pick(balancer, sampleRequest(1), open, at);
    assert.equal(picture(open), before, 'candidates must not be changed, nor put in another order');
  }),
];

function assertSound(choice: Choice, agents: readonly AgentView[]): void {
  assert.ok(typeof choice === 'object' && choice !== null, 'choose must return a choice, not a promise or nothing');
  assert.ok(typeof choice.why === 'string' && choice.why.trim() !== '', 'a choice and a reject must say why');
  if ('reject' in choice) return;
  assert.ok(
    agents.some(({ id }) => id === choice.agent),
    `the chosen agent ${JSON.stringify(choice.agent)} is none of the candidates`,
  );
}

function costOf(balancer: Balancer, agent: AgentView): number {
  return balancer.cost?.(sampleRequest(1), agent, momentOf(1)) ?? 0;
}

function assertCost(balancer: Balancer, agent: AgentView): void {
  const cost = costOf(balancer, agent);
  const sound = typeof cost === 'number' && cost > Number.NEGATIVE_INFINITY;
  assert.ok(sound, `the cost of ${agent.id} is ${String(cost)}; it must be seconds, or Infinity for never`);
}

/** Only for figures that this balancer's cost depends on. */
function assertUnknownIsNotZero(balancer: Balancer): void {
  for (const [figure, [zero, much]] of Object.entries(FIGURES)) {
    const cost = (value: number | undefined) => costOf(balancer, sampleAgent('a', { [figure]: value }));
    if (cost(zero) === cost(much)) continue;
    assert.ok(!Number.isNaN(cost(undefined)), `cost must be a number where ${figure} is unknown`);
    assert.notEqual(cost(undefined), cost(zero), `an unknown ${figure} costs as much as ${figure} 0: take it for something in between`);
  }
}

function picture(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (inner instanceof Map || inner instanceof Set ? [...inner] : inner));
}
