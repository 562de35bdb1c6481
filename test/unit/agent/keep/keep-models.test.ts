import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeptModel, LoadOptions, RunnerReport } from '@ollama-coordinator/common';
import { silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { SlotGate } from '#agent/gate/slot-gate.js';
import { KeepModels } from '#agent/keep/keep-models.js';
import { createManualClock } from '../../../support/manual-clock.js';

const FOREVER = '2318-01-01T00:00:00Z';
const SOON = '2026-01-01T00:05:00Z';

interface Load {
  readonly model: string;
  readonly options: LoadOptions;
  readonly keepAlive?: number;
}

/** An agent with the models `m:1` and `n:1` on disk, and an Ollama whose memory a test can change. */
function build({ maxRunners = 2 } = {}) {
  const clock = createManualClock();
  const loads: Load[] = [];
  const running = new Map<string, { expiresAt: string; contextLength?: number }>();
  let failure: Error | undefined;
  let onDisk = new Set(['m:1', 'n:1']);
  const gate = new SlotGate({
    clock,
    slots: 1,
    unloadModel: async (model) => running.delete(model),
    onGrant: () => undefined,
    onChange: () => undefined,
  });
  gate.setLimits({ slots: 1, maxRunners });
  const observe = () => {
    const seen = [...running].map(([name, { expiresAt, contextLength }]) => ({
      name,
      digest: '',
      sizeBytes: 1,
      vramBytes: 1,
      contextLength,
      expiresAt,
    }));
    clock.advance(1);
    gate.observe(seen, clock.monotonic());
  };
  const keeper = new KeepModels({
    gate,
    client: {
      load: async (model, how) => {
        loads.push({ model, ...how });
        if (failure) throw failure;
        running.set(model, { expiresAt: how.keepAlive === -1 ? FOREVER : SOON, contextLength: Number(how.options.num_ctx ?? 4096) });
      },
    },
    readModels: () => onDisk,
    clock,
    log: silentLogger,
    onChanged: () => undefined,
  });
  return {
    clock,
    gate,
    keeper,
    running,
    loads: () => loads.splice(0),
    fail(error: Error | undefined) {
      failure = error;
    },
    hasOnDisk(...models: string[]) {
      onDisk = new Set(models);
    },
    async keep(...kept: KeptModel[]) {
      keeper.keep(kept);
      await nextTurn();
      observe();
    },
    async look() {
      observe();
      keeper.look();
      await nextTurn();
      observe();
    },
    runners: (): readonly RunnerReport[] => gate.runners(),
  };
}
const m = { model: 'm:1', pinned: true };

describe('KeepModels', () => {
  it('loads what is on disk and not in memory, for ever, once', async () => {
    const world = build();
    await world.keep(m, { model: 'absent:1', pinned: false });
    expect(world.loads()).to.deep.equal([{ model: 'm:1', options: {}, keepAlive: -1 }]);
    await world.look();
    expect(world.loads()).to.deep.equal([]);
    expect(world.runners().map(({ model, state }) => `${model} ${state}`)).to.deep.equal(['m:1 ready']);
  });

  it('loads it as soon as it is on disk', async () => {
    const world = build();
    world.hasOnDisk();
    await world.keep(m);
    expect(world.loads()).to.deep.equal([]);
    world.hasOnDisk('m:1');
    await world.look();
    expect(world.loads()).to.have.lengthOf(1);
  });

  it('tells Ollama again to keep it for ever, after a request of a client told it something else', async () => {
    const world = build();
    await world.keep(m);
    world.loads();
    world.running.set('m:1', { expiresAt: SOON, contextLength: 4096 });
    await world.look();
    expect(world.loads()).to.deep.equal([{ model: 'm:1', options: {}, keepAlive: -1 }]);
    expect(world.running.get('m:1')?.expiresAt).to.equal(FOREVER);
  });

  it('lets a runner be whose options it does not know: to name others would have Ollama load it anew', async () => {
    const world = build();
    await world.keep(m);
    await world.look();
    world.loads();
    world.running.set('m:1', { expiresAt: SOON, contextLength: 8192 });
    await world.look();
    expect(world.loads()).to.deep.equal([]);
  });

  it('keeps a runner with the options that a request loaded it with', async () => {
    const world = build();
    const admission = world.gate.admit({ replica: 'r', signature: 'm:1;num_ctx=8192' });
    if (!admission.admitted) throw new Error(admission.reason);
    world.gate.loaded(admission.ticket);
    world.running.set('m:1', { expiresAt: SOON, contextLength: 8192 });
    await world.keep(m);
    await world.look();
    expect(world.loads(), 'while a request runs on it').to.deep.equal([]);
    world.gate.release(admission.ticket);
    await world.look();
    expect(world.loads()).to.deep.equal([{ model: 'm:1', options: { num_ctx: 8192 }, keepAlive: -1 }]);
  });

  it('has a pinned one take the place of what is idle, and only a pinned one', async () => {
    const world = build({ maxRunners: 1 });
    world.running.set('n:1', { expiresAt: SOON });
    await world.look();
    await world.keep({ model: 'm:1', pinned: false });
    expect([...world.running.keys()]).to.deep.equal(['n:1']);
    await world.keep(m);
    await world.look();
    expect([...world.running.keys()]).to.deep.equal(['m:1']);
  });

  it('protects the pinned one, until it is pinned no more', async () => {
    const world = build({ maxRunners: 1 });
    await world.keep(m);
    expect(world.gate.admit({ replica: 'r', signature: 'n:1' })).to.deep.include({ admitted: false });
    await world.keep();
    expect(world.gate.admit({ replica: 'r', signature: 'n:1' })).to.deep.include({ admitted: true });
  });

  it("gives what is kept no more Ollama's usual time", async () => {
    const world = build();
    await world.keep(m);
    world.loads();
    await world.keep();
    expect(world.loads()).to.deep.equal([{ model: 'm:1', options: {} }]);
    expect(world.keeper.kept).to.deep.equal([]);
  });

  it('waits longer after each load that failed', async () => {
    const world = build();
    world.fail(new Error('no memory'));
    world.keeper.start();
    await world.keep(m);
    expect(world.loads()).to.have.lengthOf(1);
    let loads = 0;
    for (let second = 0; second < 60; second += 1) {
      world.clock.advance(1000);
      await world.look();
      loads += world.loads().length;
    }
    expect(loads).to.be.within(2, 4);
    expect(world.runners(), 'nothing is held for it').to.deep.equal([]);
    world.keeper.stop();
  });
});
