import { readFileSync } from 'node:fs';
import {
  namedBalancer,
  parseFleet,
  parseTrace,
  resolveInput,
  type SimulationResult,
  simulate,
  summarise,
} from '@ollama-coordinator/simulator';
import { expect } from 'chai';

const fleet = parseFleet(readFileSync(resolveInput('fleet', 'office'), 'utf8'), 'office');
const whole = parseTrace(readFileSync(resolveInput('trace', 'bursty'), 'utf8'), 'bursty');
const trace = { ...whole, requests: whole.requests.slice(0, 150) };

function run(seed: number, replicas = 1, balancer = 'least-connections'): Promise<SimulationResult> {
  return simulate({ trace, fleet, seed, replicas, createBalancer: namedBalancer(balancer) });
}

describe('simulate', function () {
  // Seconds of computing: on a busy machine they take several times as long.
  this.timeout(60_000);

  it('gives the same figures for the same seed, to the byte', async () => {
    const [one, other] = [await run(7, 2), await run(7, 2)];
    expect(JSON.stringify(summarise(one, 10_000))).to.equal(JSON.stringify(summarise(other, 10_000)));
    expect(one.events).to.equal(other.events);
  });

  it('gives others for another seed', async () => {
    expect(summarise(await run(1), 10_000).ttft_ms).not.to.deep.equal(summarise(await run(2), 10_000).ttft_ms);
  });

  for (const [replicas, balancer] of [
    [1, 'round-robin'],
    [3, 'load-based'],
    [2, 'informed'],
  ] as const) {
    it(`loses no request with ${replicas} replicas and ${balancer}`, async () => {
      const { requests, faults } = await run(3, replicas, balancer);
      expect(requests).to.have.lengthOf(trace.requests.length);
      expect(requests.filter(({ outcome }) => outcome === undefined)).to.deep.equal([]);
      expect(faults).to.equal(0);
    });
  }
});
