import { expect } from 'chai';
import { runnerOptions } from '#simulator/ollama/engine/load-options.js';
import { createScheduler, type Lease, type SchedulerDeps } from '#simulator/ollama/engine/scheduler.js';
import { createStats } from '#simulator/ollama/engine/stats.js';
import { completeModel } from '#simulator/ollama/model.js';
import { createManualClock } from '../../../support/manual-clock.js';

const GB = 1_000_000_000;
const model = (name: string, more = {}) => completeModel({ name, sizeBytes: 4 * GB, loadMs: 100, ...more }, '2026-01-01T00:00:00Z');
const [A, B, C] = [model('a'), model('b'), model('c')];

interface Asking {
  readonly options?: Record<string, unknown>;
  readonly keepAliveMs?: number;
  readonly failLoad?: string;
  readonly left?: AbortSignal;
}

function startScheduler(deps: Partial<SchedulerDeps> = {}) {
  const clock = createManualClock();
  const stats = createStats();
  const scheduler = createScheduler({
    clock,
    stats,
    numParallel: 1,
    maxLoadedModels: 3,
    maxQueue: 512,
    keepAliveMs: 300_000,
    vramBytes: undefined,
    vary: () => 1,
    ...deps,
  });
  const outcomes: string[] = [];
  const leases: Record<string, Lease> = {};

  async function ask(name: string, wanted = A, { options = {}, keepAliveMs, failLoad, left = new AbortController().signal }: Asking = {}) {
    void scheduler.acquire({ model: wanted, options: runnerOptions(wanted, options), keepAliveMs, failLoad, left }).then(
      (lease) => {
        leases[name] = lease;
        outcomes.push(name);
      },
      (error: Error) => outcomes.push(`${name}: ${error.message}`),
    );
    await settle();
  }

  async function pass(ms: number) {
    clock.advance(ms);
    await settle();
  }

  async function release(name: string) {
    leases[name]?.release();
    await settle();
  }

  return {
    scheduler,
    stats,
    outcomes,
    leases,
    ask,
    pass,
    release,
    loaded: () => scheduler.list().map((one) => one.model.name.replace(':latest', '')),
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('simulated scheduler', () => {
  it('loads a model once, in its time, and gives its runner to all who ask', async () => {
    const { ask, pass, outcomes, stats } = startScheduler();
    await ask('one');
    await ask('two');
    await pass(99);
    expect(outcomes).to.deep.equal([]);
    await pass(1);
    expect(outcomes).to.deep.equal(['one', 'two']);
    expect(stats.loads).to.equal(1);
  });

  for (const [name, options] of Object.entries({
    'a smaller num_ctx': { num_ctx: 2048 },
    num_batch: { num_batch: 256 },
    num_gpu: { num_gpu: 3 },
    main_gpu: { main_gpu: 1 },
    use_mmap: { use_mmap: false },
    num_thread: { num_thread: 2 },
  })) {
    it(`loads again for another ${name}, once nobody uses the runner`, async () => {
      const { ask, pass, release, outcomes, stats } = startScheduler();
      await ask('plain');
      await pass(100);
      await ask('other', A, { options });
      await pass(1000);
      expect(outcomes).to.deep.equal(['plain']);
      await release('plain');
      await pass(100);
      expect(outcomes).to.deep.equal(['plain', 'other']);
      expect([stats.loads, stats.reloads, stats.evictions]).to.deep.equal([2, 1, 0]);
    });
  }

  it('does not load again for options that are not load options, nor for a num_gpu left to Ollama', async () => {
    const { ask, pass, stats } = startScheduler();
    await ask('plain');
    await pass(100);
    await ask('warm', A, { options: { temperature: 1, num_predict: 5, num_gpu: -1 } });
    expect(stats.loads).to.equal(1);
  });

  it('evicts the idle runner that was used longest ago where the memory is full', async () => {
    const { ask, pass, release, loaded, stats } = startScheduler({ vramBytes: 9 * GB });
    for (const [name, wanted] of [
      ['a', A],
      ['b', B],
    ] as const) {
      await ask(name, wanted);
      await pass(100);
      await release(name);
    }
    await pass(1);
    await ask('again', A);
    await release('again');
    await ask('c', C);
    await pass(100);
    expect(loaded()).to.deep.equal(['a', 'c']);
    expect(stats.evictions).to.equal(1);
  });

  it('evicts where there are as many runners as allowed', async () => {
    const { ask, pass, release, loaded } = startScheduler({ maxLoadedModels: 1 });
    await ask('a');
    await pass(100);
    await release('a');
    await ask('b', B);
    await pass(100);
    expect(loaded()).to.deep.equal(['b']);
  });

  it('lets everyone wait behind one that waits for an eviction, also for a model that is loaded', async () => {
    const { ask, pass, release, outcomes } = startScheduler({ vramBytes: 9 * GB });
    await ask('a');
    await ask('b', B);
    await pass(100);
    await pass(100);
    await ask('c', C);
    await ask('b again', B);
    await pass(1000);
    expect(outcomes).to.deep.equal(['a', 'b']);
    await release('a');
    await pass(100);
    expect(outcomes).to.deep.equal(['a', 'b', 'b again', 'c']);
  });

  it('is busy past maxQueue while a load is pending, and not once the model is loaded', async () => {
    const { ask, pass, outcomes } = startScheduler({ maxQueue: 2 });
    for (const name of ['1', '2', '3', '4', '5']) await ask(name);
    expect(outcomes).to.deep.equal(['5: server busy, please try again.  maximum pending requests exceeded']);
    await pass(100);
    for (const name of ['6', '7', '8', '9']) await ask(name);
    expect(outcomes.slice(1)).to.deep.equal(['1', '2', '3', '4', '6', '7', '8', '9']);
  });

  it('unloads a runner that was idle for its keep-alive, never one with a negative one', async () => {
    const { ask, pass, release, loaded } = startScheduler({ keepAliveMs: 1000 });
    await ask('a', A);
    await ask('b', B, { keepAliveMs: -1 });
    await pass(200);
    await pass(2000);
    expect(loaded()).to.deep.equal(['a', 'b']);
    await release('a');
    await release('b');
    await pass(999);
    expect(loaded()).to.deep.equal(['a', 'b']);
    await pass(1);
    expect(loaded()).to.deep.equal(['b']);
  });

  it('unloads on demand when nobody uses the runner any more', async () => {
    const { scheduler, ask, pass, release, loaded } = startScheduler();
    await ask('a');
    await pass(100);
    scheduler.expire(A);
    expect(loaded()).to.deep.equal(['a']);
    await release('a');
    expect(loaded()).to.deep.equal([]);
  });

  it('gives up a load whose client leaves, and starts it again for the next', async () => {
    const { ask, pass, outcomes, stats } = startScheduler();
    const leaving = new AbortController();
    await ask('gone', A, { left: leaving.signal });
    await ask('next');
    leaving.abort();
    await pass(0);
    await pass(100);
    expect(outcomes).to.deep.equal(['gone: timed out waiting for llama runner to start: context canceled', 'next']);
    expect(stats.loads).to.equal(2);
  });

  it('tells of a load that fails, after its time', async () => {
    const { ask, pass, outcomes, loaded } = startScheduler();
    await ask('a', A, { failLoad: 'out of memory' });
    await pass(100);
    expect(outcomes).to.deep.equal(['a: out of memory']);
    expect(loaded()).to.deep.equal([]);
  });
});
