import assert from 'node:assert/strict';
import type { AgentView, Choice } from '../contract.js';
import { ask, momentOf, pick, run, stateOf, weigh } from './drive.js';
import { sampleAgent, sampleFleet, sampleRequest, silentAgent } from './sample-agents.js';
import { balancerCheck, type Check, twinCheck } from './subject.js';

const ROUNDS = 50;

export const decisionChecks: readonly Check[] = [
  balancerCheck('rejects where there is no candidate, and says why', (balancer) => {
    if (!balancer.choose) return;
    const choice = balancer.choose(sampleRequest(1), [], momentOf(1));
    assertSound(choice, []);
  }),
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
    for (const agent of agents) {
      const cost = balancer.cost?.(sampleRequest(1), agent, momentOf(1)) ?? 0;
      const sound = typeof cost === 'number' && cost > Number.NEGATIVE_INFINITY;
      assert.ok(sound, `the cost of ${agent.id} is ${String(cost)}; it must be seconds, or Infinity for never`);
    }
  }),
  twinCheck('repeats itself for the same requests, feedback and random numbers', (one, other) => {
    const agents = sampleFleet(20);
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const request = sampleRequest(seed);
      const choices = [one, one, other].map((balancer) => ask(balancer, request, agents, seed));
      assert.deepEqual(choices[1], choices[0], 'the same question put twice must get the same answer');
      assert.deepEqual(choices[2], choices[0], 'another instance with the same history must give the same answer');
      const choice = choices[0];
      if (!choice || 'reject' in choice) continue;
      for (const balancer of [one, other]) {
        run(balancer, { request, agent: choice.agent, candidates: weigh(balancer, request, agents, momentOf(seed)), seed });
      }
    }
  }),
  balancerCheck('does not change its state by deciding or explaining', (balancer) => {
    const before = stateOf(balancer);
    for (let round = 1; round <= ROUNDS; round += 1) {
      ask(balancer, sampleRequest(round), sampleFleet(12), round);
      for (const agent of sampleFleet(12)) balancer.explain?.(sampleRequest(round), agent, momentOf(round));
    }
    assert.equal(stateOf(balancer), before, 'cost, choose and explain must be pure: move state in assigned and settled');
  }),
  twinCheck('keeps no list of candidates, since the coordinator uses it again', (careful, careless) => {
    const agents = sampleFleet(12);
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const request = sampleRequest(seed);
      const [expected, found] = [careful, careless].map((balancer) => {
        const candidates = weigh(balancer, request, agents, momentOf(seed));
        const choice = pick(balancer, request, candidates, momentOf(seed));
        if ('agent' in choice) run(balancer, { request, agent: choice.agent, candidates, seed });
        if (balancer === careless) candidates.length = 0;
        return choice;
      });
      assert.deepEqual(found, expected, 'a list of candidates must be read at once: later it holds others');
    }
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
