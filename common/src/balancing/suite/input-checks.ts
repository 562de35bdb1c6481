import assert from 'node:assert/strict';
import type { AgentView, Balancer, Costed } from '../contract.js';
import { deepFreeze } from './deep-freeze.js';
import { ask, momentOf, pick, run, weigh } from './drive.js';
import { sampleAgent, sampleFleet, sampleRequest, silentAgent } from './sample-agents.js';
import { balancerCheck, type Check } from './subject.js';

/** Figures that an agent may leave out, each with two values that mean the opposite. */
const FIGURES = { cpuLoad: [0, 1], memoryLoad: [0, 1], vramFreeBytes: [0, 48e9], firstByteMs: [0, 60_000] } as const;

/** What the contract says of the facts: some are unknown, and none may be changed. */
export const inputChecks: readonly Check[] = [
  balancerCheck('chooses among agents that report nothing of themselves', (balancer) => {
    const agents = ['a', 'b', 'c'].map((id) => silentAgent(id));
    const choice = ask(balancer, sampleRequest(1), agents, 1);
    assert.ok('reject' in choice || agents.some(({ id }) => id === choice.agent), 'the choice must be one of the candidates, or a reject');
  }),
  balancerCheck('places a request of which nothing but its model is known', (balancer) => {
    const guess = { mean: 0, p90: 0, from: 'prior' } as const;
    const { session: _session, ...request } = sampleRequest(1, { bodyBytes: 0, promptTokens: guess, outputTokens: guess, prefix: [] });
    const agents = sampleFleet(12);
    const choice = ask(balancer, request, agents, 1);
    assert.ok('reject' in choice || agents.some(({ id }) => id === choice.agent), 'the choice must be one of the candidates, or a reject');
  }),
  balancerCheck('does not take an unknown figure for zero', (balancer) => {
    assertUnknownIsNotZero(balancer, {});
    assertUnknownIsNotZero(balancer, { runners: [{ signature: 'other:latest', slots: 4, inFlight: 0, ...LOADED }] });
  }),
  balancerCheck('leaves what it is given untouched', (balancer) => {
    const request = deepFreeze(sampleRequest(1));
    const agents = deepFreeze(sampleFleet(12));
    const at = momentOf(1);
    const candidates = deepFreeze(weigh(balancer, request, agents, at));
    decideAndRun(balancer, candidates);
    for (const agent of agents) balancer.explain?.(request, agent, at);
    // Code that is not strict fails silently on what is frozen: the same again, with input that can be changed.
    const open = weigh(balancer, sampleRequest(1), sampleFleet(12), at);
    const before = picture(open);
    decideAndRun(balancer, open);
    assert.equal(picture(open), before, 'candidates must not be changed, nor put in another order');
  }),
];

const LOADED = { state: 'ready', vramBytes: 5e9, warm: new Set<string>() } as const;

function decideAndRun(balancer: Balancer, candidates: readonly Costed[]): void {
  const request = deepFreeze(sampleRequest(1));
  const choice = pick(balancer, request, candidates, momentOf(1));
  if ('agent' in choice) run(balancer, { request, agent: choice.agent, candidates, seed: 1 });
}

/** Only for figures that this balancer's cost depends on. */
function assertUnknownIsNotZero(balancer: Balancer, over: Partial<AgentView>): void {
  for (const [figure, [zero, much]] of Object.entries(FIGURES)) {
    const cost = (value: number | undefined) =>
      balancer.cost?.(sampleRequest(1), sampleAgent('a', { ...over, [figure]: value }), momentOf(1)) ?? 0;
    if (cost(zero) === cost(much)) continue;
    assert.ok(!Number.isNaN(cost(undefined)), `cost must be a number where ${figure} is unknown`);
    assert.notEqual(cost(undefined), cost(zero), `an unknown ${figure} costs as much as ${figure} 0: take it for something in between`);
  }
}

function picture(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (inner instanceof Map || inner instanceof Set ? [...inner] : inner));
}
