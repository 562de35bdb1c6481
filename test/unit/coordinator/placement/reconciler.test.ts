import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Job, type JobRequest, type KeptModel, type PlacementState, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { JobListener } from '#coordinator/jobs/follow-job.js';
import type { Placement } from '#coordinator/placement/placement-store.js';
import { Reconciler } from '#coordinator/placement/reconciler.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const ON_DISK: Placement = { id: 'p', model: 'llama3', replicas: 1, labels: {}, loaded: false, pinned: false, createdMs: 0, caller: 'me' };
const PINNED: Placement = { ...ON_DISK, loaded: true, pinned: true };

/** One replica, a fleet and jobs that a test scripts. */
function build(placements: readonly Placement[], ...agents: Parameters<typeof createScriptedFleet>) {
  const clock = createManualClock();
  const fleet = createScriptedFleet(...agents);
  let stored = placements;
  let isLeader = true;
  const jobs: JobRequest[] = [];
  const told: { readonly agent: string; readonly kept: readonly KeptModel[] }[] = [];
  const states: PlacementState[] = [];
  let listener: JobListener = () => undefined;
  const reconciler = new Reconciler({
    fleet,
    store: { list: async () => stored, known: () => stored, put: async () => true, remove: async () => true },
    jobs: {
      add: async (request) => {
        jobs.push(request);
        return { id: `job-${jobs.length}` } as Job;
      },
      list: async () => [],
      follow: (_id, heard) => {
        listener = heard;
        return () => undefined;
      },
    },
    putKept: async ({ name }, kept) => {
      told.push({ agent: name, kept });
      return undefined;
    },
    holdsLease: async () => isLeader,
    onState: (state) => states.push(state),
    clock,
    log: silentLogger,
  });
  const settle = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  };
  return {
    fleet,
    reconciler,
    settle,
    jobs: () => jobs.splice(0),
    told: () => told.splice(0),
    states: () => states.splice(0).map(({ id, state }) => `${id} ${state}`),
    lead(leads: boolean) {
      isLeader = leads;
    },
    store(...now: Placement[]) {
      stored = now;
    },
    endJob: (agentId: string) =>
      listener({ state: 'failed', parts: [{ agent_id: agentId, agent: agentId, state: 'failed', completed: [] }] } as unknown as Job),
  };
}

describe('Reconciler', () => {
  it('brings what is missing as a job, and leaves an agent alone where that failed', async () => {
    const world = build([ON_DISK], anAgent({ id: 'a' }));
    world.reconciler.start();
    await world.settle(1000);
    expect(world.jobs()).to.deep.equal([{ kind: 'placement', model: 'llama3', agents: ['a'], loaded: false }]);
    world.endJob('a');
    await world.settle(5000);
    expect(world.jobs()).to.deep.equal([]);
    expect(world.states()).to.deep.equal(['p short']);
    await world.settle(24_000);
    expect(world.jobs()).to.deep.equal([]);
    await world.settle(5000);
    expect(world.jobs()).to.have.lengthOf(1);
    await world.reconciler.stop();
  });

  it('does nothing while another replica does', async () => {
    const world = build([ON_DISK], anAgent({ id: 'a' }));
    world.lead(false);
    world.reconciler.start();
    await world.settle(10_000);
    expect(world.jobs()).to.deep.equal([]);
    await world.reconciler.stop();
  });

  it('acts when an agent joins, once for changes that come together', async () => {
    const world = build([{ ...ON_DISK, replicas: 'all' }], anAgent({ id: 'a', models: modelsOnDisk(MODEL) }));
    world.reconciler.start();
    await world.settle(600);
    expect(world.states()).to.deep.equal(['p met']);
    world.fleet.put(anAgent({ id: 'b' }));
    world.fleet.put(anAgent({ id: 'c' }));
    await world.settle(600);
    expect(world.jobs()).to.deep.equal([{ kind: 'placement', model: 'llama3', agents: ['b', 'c'], loaded: false }]);
    await world.reconciler.stop();
  });

  it('tells an agent what to keep until it reports that, and nothing after', async () => {
    const agent = anAgent({ id: 'a', models: modelsOnDisk(MODEL), kept: [] });
    const world = build([PINNED], agent);
    world.reconciler.start();
    await world.settle(600);
    const kept = [{ model: MODEL, pinned: true }];
    expect(world.told()).to.deep.equal([{ agent: 'a', kept }]);
    world.fleet.put({ ...agent, kept });
    await world.settle(10_000);
    expect(world.told()).to.deep.equal([]);
    await world.reconciler.stop();
  });

  it('tells it to keep nothing once the placement is gone', async () => {
    const world = build([], anAgent({ id: 'a', models: modelsOnDisk(MODEL), kept: [{ model: MODEL, pinned: true }] }));
    world.reconciler.start();
    await world.settle(600);
    expect(world.told()).to.deep.equal([{ agent: 'a', kept: [] }]);
    await world.reconciler.stop();
  });

  it('says once that a placement is met or short', async () => {
    const agent = anAgent({ id: 'a', models: modelsOnDisk(MODEL) });
    const world = build([ON_DISK], agent);
    world.reconciler.start();
    await world.settle(20_000);
    await world.settle(20_000);
    expect(world.states()).to.deep.equal(['p met']);
    world.fleet.put({ ...agent, status: 'offline' });
    await world.settle(600);
    expect(world.states()).to.deep.equal(['p short']);
    await world.reconciler.stop();
  });
});
