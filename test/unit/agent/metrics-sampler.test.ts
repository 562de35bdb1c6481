import { healthMetricsSchema, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createMetricsSampler, type MetricsSource, systemMetricsSource } from '#agent/metrics-sampler.js';
import { eventually } from '../../support/eventually.js';
import { createManualClock } from '../../support/manual-clock.js';

function samplerOf(source: Partial<MetricsSource>) {
  const clock = createManualClock();
  const complete = { cpuLoad: async () => 0.5, memory: async () => undefined, gpus: async () => [], ...source };
  return { clock, sampler: createMetricsSampler({ source: complete, clock, log: silentLogger }) };
}

describe('createMetricsSampler', () => {
  it('discards the first CPU figure, which is the average since boot, and waits for it before the next', async () => {
    const asked: ((figure: number) => void)[] = [];
    const { sampler } = samplerOf({ cpuLoad: () => new Promise((resolve) => asked.push(resolve)) });
    sampler.start();
    const sampling = sampler.sample();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).to.have.length(1);
    asked[0]?.(0.99);
    (await eventually(() => asked[1] ?? false))(0.25);
    expect((await sampling).cpu).to.equal(0.25);
  });

  it('reports memory that is not available as used', async () => {
    const { sampler } = samplerOf({ memory: async () => ({ totalBytes: 1000, availableBytes: 250 }) });
    expect(await sampler.sample()).to.include({ memory: 0.75, memory_bytes: 1000, memory_used_bytes: 750 });
  });

  it('leaves out what cannot be measured, rather than reporting zero', async () => {
    const { sampler } = samplerOf({ cpuLoad: async () => undefined });
    expect(await sampler.sample()).to.deep.equal({ gpus: [] });
  });

  it('leaves out what fails', async () => {
    const { sampler } = samplerOf({ cpuLoad: () => Promise.reject(new Error('no /proc')) });
    expect(await sampler.sample()).to.deep.equal({ gpus: [] });
  });

  it('does not wait for a figure that does not come', async () => {
    const { sampler, clock } = samplerOf({ cpuLoad: () => new Promise(() => undefined) });
    const sampling = sampler.sample();
    await Promise.resolve();
    clock.advance(1000);
    expect(await sampling).to.deep.equal({ gpus: [] });
  });

  it('keeps figures within 0 and 1', async () => {
    const { sampler } = samplerOf({ cpuLoad: async () => 1.0004 });
    expect((await sampler.sample()).cpu).to.equal(1);
  });

  it('reads the GPUs at start and each minute, and never for a heartbeat', async () => {
    let reads = 0;
    const { sampler, clock } = samplerOf({
      gpus: async () => {
        reads += 1;
        return [{ name: `gpu ${reads}` }];
      },
    });
    sampler.start();
    await eventually(async () => expect((await sampler.sample()).gpus).to.deep.equal([{ name: 'gpu 1' }]));
    clock.advance(59_999);
    expect(reads).to.equal(1);
    clock.advance(1);
    expect(reads).to.equal(2);
    await eventually(async () => expect((await sampler.sample()).gpus).to.deep.equal([{ name: 'gpu 2' }]));
  });
});

describe('systemMetricsSource', () => {
  it('measures this machine in the shape of the protocol', async () => {
    await systemMetricsSource.cpuLoad();
    const cpu = await systemMetricsSource.cpuLoad();
    const memory = await systemMetricsSource.memory();
    expect(cpu).to.be.within(0, 1);
    expect(memory?.availableBytes).to.be.within(1, memory?.totalBytes ?? 0);
    expect(healthMetricsSchema.safeParse({ cpu, gpus: await systemMetricsSource.gpus() }).success).to.equal(true);
  });
});
