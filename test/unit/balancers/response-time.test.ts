import responseTime from '@ollama-coordinator/balancer-response-time';
import { silentLogger } from '@ollama-coordinator/common';
import type { AgentView, Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { observePeak, readPeak } from '#balancers/response-time/dist/peak-ewma.js';
import { agentView, busyView } from '../../support/agent-view.js';
import { driveBalancers } from '../../support/drive-balancer.js';
import { requestFacts } from '../../support/request-facts.js';

const MODEL = 'llama3:latest';
const request = requestFacts(MODEL);

async function create(options: object = {}): Promise<Balancer> {
  const parsed = responseTime.options.safeParse(options);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return responseTime.create(parsed.data, { log: silentLogger });
}

/** One slot, so that what is in flight multiplies plainly. */
const agent = (id: string, over: Partial<AgentView> = {}) => agentView(id, { slots: 1, ...over });
const costOf = (balancer: Balancer, view: AgentView, monotonicMs = 0, facts = request) =>
  balancer.cost?.(facts, view, { nowMs: 0, monotonicMs, random: () => 0 }) ?? Number.NaN;

/** Assigned at 0, first byte and end as told. */
function serve(balancer: Balancer, id: string, firstByteMs: number, totalMs: number, endedAtMs = 0, facts = request): void {
  const at = { nowMs: 0, monotonicMs: endedAtMs };
  balancer.assigned?.({ request: facts, agent: id, candidates: [], at: { ...at, random: () => 0 } });
  balancer.firstByte?.({ request: facts, agent: id, at, firstByteMs });
  balancer.settled?.({ request: facts, agent: id, at, outcome: 'completed', totalMs });
}

describe('observePeak', () => {
  const cases: Record<string, [before: number, sample: number, afterS: number, expected: number]> = {
    'jumps to a peak': [1, 5, 0, 5],
    'jumps to a peak after a long time': [1, 5, 1000, 5],
    'hardly moves for a lower sample at once': [5, 1, 0, 5],
    'goes two thirds of the way down after the decay time': [5, 1, 60, 5 * Math.exp(-1) + (1 - Math.exp(-1))],
    'is the sample after a long time': [5, 1, 6000, 1],
  };
  for (const [what, [before, sample, afterS, expected]] of Object.entries(cases)) {
    it(what, () => {
      expect(observePeak({ valueS: before, atMs: 0 }, sample, 1000 * afterS, 60).valueS).to.be.closeTo(expected, 1e-9);
    });
  }
  it('begins with the first sample', () => expect(observePeak(undefined, 3, 50, 60)).to.deep.equal({ valueS: 3, atMs: 50 }));
  it('falls towards zero while nothing is measured', () => {
    expect(readPeak({ valueS: 8, atMs: 1000 }, 1000, 60)).to.equal(8);
    expect(readPeak({ valueS: 8, atMs: 1000 }, 61_000, 60)).to.be.closeTo(8 / Math.E, 1e-9);
  });
});

describe('balancer-response-time', () => {
  it('prefers the agent that answered sooner', async () => {
    const balancer = await create();
    serve(balancer, 'slow', 4000, 9000);
    serve(balancer, 'fast', 500, 20_000);
    expect(costOf(balancer, agent('slow'))).to.equal(4);
    expect(costOf(balancer, agent('fast'))).to.equal(0.5);
  });
  it('weighs the whole answer when told so', async () => {
    const balancer = await create({ measure: 'total' });
    serve(balancer, 'slow', 4000, 9000);
    serve(balancer, 'fast', 500, 20_000);
    expect([costOf(balancer, agent('slow')), costOf(balancer, agent('fast'))]).to.deep.equal([9, 20]);
  });
  it('multiplies by what is in flight for the strength of the agent', async () => {
    const balancer = await create();
    serve(balancer, 'a', 1000, 5000);
    expect(costOf(balancer, agent('a', { inFlight: 2, foreign: 1 }))).to.equal(4);
    expect(costOf(balancer, agent('a', { inFlight: 2, foreign: 1, slots: 2, weight: 2 }))).to.equal(1);
  });
  it('adds the wait for the next slot, by the length of whole answers', async () => {
    const balancer = await create();
    serve(balancer, 'a', 1000, 5000);
    expect(costOf(balancer, busyView('a', MODEL, 5))).to.equal(1 * (6 / 4) + 2 * 5);
  });
  it('keeps models apart', async () => {
    const balancer = await create();
    serve(balancer, 'a', 8000, 9000, 0, requestFacts('big:latest'));
    serve(balancer, 'a', 300, 900);
    expect(costOf(balancer, agent('a'))).to.equal(0.3);
  });
  it('tries what nobody has measured, and tries again what was slow long ago', async () => {
    const balancer = await create();
    serve(balancer, 'slow', 20_000, 30_000);
    serve(balancer, 'known', 1000, 2000);
    expect(costOf(balancer, agent('new'))).to.equal(0.1);
    expect(costOf(balancer, agent('slow'), 30_000)).to.be.greaterThan(costOf(balancer, agent('known'), 30_000));
    expect(costOf(balancer, agent('slow'), 400_000)).to.equal(0.1);
  });
  it('takes no failed and no cancelled answer for a quick one', async () => {
    const balancer = await create({ measure: 'total' });
    serve(balancer, 'a', 500, 5000);
    for (const outcome of ['failed', 'cancelled', 'busy'] as const) {
      balancer.settled?.({ request, agent: 'a', at: { nowMs: 0, monotonicMs: 100_000 }, outcome, totalMs: 1 });
    }
    expect(costOf(balancer, agent('a'))).to.equal(5);
  });
  it('moves away from an agent that becomes slow with its first slow answer, and comes back', async () => {
    const driver = driveBalancers([await create({ decayS: 10 })]);
    const agents = [agent('a'), agent('b')];
    const served = { a: 0, b: 0 };
    const firstBytes = { a: 100, b: 200 };
    const serveFor = (seconds: number) => {
      const before = { ...served };
      for (let second = 0; second < seconds; second += 1) {
        const id = driver.assign(request, agents) as 'a' | 'b';
        served[id] += 1;
        driver.settle(request, id, firstBytes[id] + 100, firstBytes[id]);
        driver.advance(1000);
      }
      return { a: served.a - before.a, b: served.b - before.b };
    };
    const quick = serveFor(60);
    expect(quick.a).to.be.greaterThan(quick.b * 2);
    firstBytes.a = 5000;
    const slow = serveFor(60);
    expect(slow.a).to.be.lessThan(5);
    firstBytes.a = 100;
    serveFor(60);
    expect(serveFor(60).a).to.be.greaterThan(30);
  });
  it('shows what it measured, and forgets an agent that left and models of long ago', async () => {
    const balancer = await create({ decayS: 10 });
    serve(balancer, 'a', 500, 1500, 0, requestFacts('old:latest'));
    serve(balancer, 'b', 500, 1500);
    serve(balancer, 'a', 250, 1000, 60_000);
    expect(balancer.inspect?.()).to.deep.equal({
      a: { [MODEL]: { first_byte_s: 0.25, total_s: 1 } },
      b: { [MODEL]: { first_byte_s: 0.5, total_s: 1.5 } },
    });
    balancer.fleet?.({ type: 'agent-left', agent: 'b' });
    expect(balancer.inspect?.()).to.have.all.keys('a');
  });
});
