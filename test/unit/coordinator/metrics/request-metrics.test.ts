import { expect } from 'chai';
import { Histogram, Registry } from 'prom-client';
import { createHeldHistogram } from '#coordinator/metrics/held-metrics.js';
import { createRequestMetrics } from '#coordinator/metrics/request-metrics.js';
import { aRequest } from '../../../support/scripted-fleet.js';

function setUp() {
  const registry = new Registry();
  const metrics = createRequestMetrics(registry, 'oc_');
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { metrics, lines };
}

const served = { agent_id: 'a', agent_name: 'one', model: 'm:latest' };

describe('createRequestMetrics', () => {
  it('counts requests by agent, model and status', async () => {
    const { metrics, lines } = setUp();
    for (const status of ['completed', 'completed', 'failed'] as const) metrics.settled(aRequest({ id: 'r', ...served, status }));
    metrics.settled(aRequest({ id: 'r', model: 'm:latest', status: 'rejected' }));
    expect((await lines()).filter((line) => line.startsWith('oc_requests_total'))).to.have.members([
      'oc_requests_total{agent="one",model="m:latest",status="completed"} 2',
      'oc_requests_total{agent="one",model="m:latest",status="failed"} 1',
      // Where nobody served it the model is the caller's invention, and may be anything.
      'oc_requests_total{agent="",model="",status="rejected"} 1',
    ]);
  });

  it('adds up tokens, and passes over loads of a model that was loaded', async () => {
    const { metrics, lines } = setUp();
    metrics.settled(aRequest({ id: 'r', ...served, prompt_tokens: 10, output_tokens: 3, load_ms: 1 }));
    metrics.settled(aRequest({ id: 'r', ...served, prompt_tokens: 5, load_ms: 2500 }));
    expect(await lines()).to.include.members([
      'oc_prompt_tokens_total{agent="one",model="m:latest"} 15',
      'oc_output_tokens_total{agent="one",model="m:latest"} 3',
      'oc_model_load_seconds_count{agent="one",model="m:latest"} 1',
      'oc_model_load_seconds_sum{agent="one",model="m:latest"} 2.5',
    ]);
  });

  it('counts attempts by agent and result', async () => {
    const { metrics, lines } = setUp();
    for (const result of ['answered', 'busy', 'answered']) metrics.attempted('one', result);
    expect(await lines()).to.include.members([
      'oc_attempts_total{agent="one",result="answered"} 2',
      'oc_attempts_total{agent="one",result="busy"} 1',
    ]);
  });
});

describe('createHeldHistogram', () => {
  it("prints what prom-client's own prints of the same values", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const child = createHeldHistogram({ name: 'h', help: 'it', labelNames: ['agent'], registry: ours }, [1, 2, 5])('one');
    const histogram = new Histogram({ name: 'h', help: 'it', labelNames: ['agent'], buckets: [1, 2, 5], registers: [theirs] });
    for (const value of [0, 1, 1.5, 2, 4, 5, 9]) {
      child.observe(value);
      histogram.observe({ agent: 'one' }, value);
    }
    expect(await ours.metrics()).to.equal(await theirs.metrics());
  });
});
