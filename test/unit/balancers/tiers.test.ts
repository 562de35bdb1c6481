import leastConnections from '@ollama-coordinator/balancer-least-connections';
import roundRobin from '@ollama-coordinator/balancer-round-robin';
import tiers from '@ollama-coordinator/balancer-tiers';
import { silentLogger } from '@ollama-coordinator/common';
import type { AgentView, Balancer, BalancerManifest } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { busyView } from '../../support/agent-view.js';
import { driveBalancers } from '../../support/drive-balancer.js';
import { requestFacts } from '../../support/request-facts.js';

const MODEL = 'llama3:latest';
const request = requestFacts(MODEL);

async function create<Options>(manifest: BalancerManifest<Options>, options: object = {}): Promise<Balancer> {
  const parsed = manifest.options.safeParse(options);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return manifest.create(parsed.data, { log: silentLogger });
}

/** An agent of four slots. */
const agent = (id: string, tier: number, inFlight: number, over: Partial<AgentView> = {}) =>
  busyView(id, MODEL, inFlight, { tier, ...over });

const cases: Record<string, [options: object, agents: AgentView[], chosen: string]> = {
  'takes the strongest tier': [{}, [agent('a', 1, 0), agent('b', 0, 3), agent('c', 2, 0)], 'b'],
  'takes the next tier when the strongest is full': [{}, [agent('a', 1, 3), agent('b', 0, 4), agent('c', 2, 0)], 'a'],
  'takes the third when two are full': [{}, [agent('a', 1, 4), agent('b', 0, 4), agent('c', 2, 3)], 'c'],
  'waits for the strongest when all are full': [{}, [agent('a', 1, 4), agent('b', 0, 9), agent('c', 2, 4)], 'b'],
  'takes the strongest that is there': [{}, [agent('a', 3, 0), agent('c', 7, 0)], 'a'],
  'never overflows when told so': [{ overflow: 'never' }, [agent('a', 1, 0), agent('b', 0, 9)], 'b'],
  'fails over when told never to overflow': [{ overflow: 'never' }, [agent('a', 1, 4), agent('c', 2, 0)], 'a'],
};

describe('balancer-tiers', () => {
  for (const [what, [options, agents, chosen]] of Object.entries(cases)) {
    it(`${what}, beside round-robin`, async () => {
      const driver = driveBalancers([await create(tiers, options), await create(roundRobin)]);
      expect(driver.choose(request, agents)).to.include({ agent: chosen });
    });
  }
  for (const [what, [options, agents, chosen]] of Object.entries(cases)) {
    it(`${what}, beside least-connections`, async () => {
      const driver = driveBalancers([await create(tiers, options), await create(leastConnections)]);
      expect(driver.choose(request, agents)).to.include({ agent: chosen });
    });
  }
  // least-connections costs 10 s × (in flight + 1) ÷ 4, and 10 s for each request that must end first.
  for (const [ahead, chosen] of [
    [0, 'strong'],
    [1, 'strong'],
    [2, 'weak'],
  ] as const) {
    it(`takes the ${chosen} tier where ${ahead} must end first and a tier is worth 21 s`, async () => {
      const driver = driveBalancers([await create(tiers, { overflow: 'cost', tierS: 21 }), await create(leastConnections)]);
      expect(driver.choose(request, [agent('weak', 1, 0), agent('strong', 0, 3 + ahead)])).to.include({ agent: chosen });
    });
  }
  it('leaves the choice within a tier to the others', async () => {
    const driver = driveBalancers([await create(tiers), await create(roundRobin)]);
    const agents = [agent('a', 0, 0), agent('b', 0, 2), agent('c', 1, 0)];
    expect(Array.from({ length: 4 }, () => driver.assign(request, agents)).join('')).to.equal('abab');
  });
  it('fails back as soon as the strongest is there again', async () => {
    const driver = driveBalancers([await create(tiers), await create(leastConnections)]);
    const [strong, weak] = [agent('strong', 0, 0), agent('weak', 1, 0)];
    expect(driver.choose(request, [weak])).to.include({ agent: 'weak' });
    expect(driver.choose(request, [weak, strong])).to.include({ agent: 'strong' });
  });
});
