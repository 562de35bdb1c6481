import leastConnections from '@ollama-coordinator/balancer-least-connections';
import loadBased from '@ollama-coordinator/balancer-load-based';
import roundRobin from '@ollama-coordinator/balancer-round-robin';
import { seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer, Choice } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { type Assignment, createBalancing, type Placement } from '#coordinator/balancing/create-balancing.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);
const anywhere = { exclude: new Set<string>() };
const completed = { outcome: 'completed', totalMs: 10 } as const;

async function balancers() {
  const create = async <O>(manifest: {
    options: { safeParse(value: unknown): { success: boolean; data?: O } };
    create(options: O, context: object): unknown;
  }) => (await manifest.create(manifest.options.safeParse({}).data as O, { log: silentLogger })) as Balancer;
  return {
    roundRobin: await create(roundRobin as never),
    loadBased: await create(loadBased as never),
    leastConnections: await create(leastConnections as never),
  };
}

function setUp(balancer: Balancer, ...agents: Parameters<typeof createScriptedFleet>) {
  const clock = createManualClock();
  const fleet = createScriptedFleet(...agents);
  const profile = [{ name: 'under test', balancer, weight: 1 }];
  const balancing = createBalancing({ profile, fleet, replicaId: 'r1', clock, random: seededRandom(1), log: silentLogger });
  return {
    balancing,
    fleet,
    clock,
    place: (over = {}, rules = {}) => balancing.place(requestFacts(MODEL, over), { ...anywhere, ...rules }),
  };
}

function assigned(placement: Placement): Assignment {
  if (placement.kind !== 'assigned') throw new Error(`expected an assignment, got ${JSON.stringify(placement)}`);
  return placement;
}

function spread(assignments: readonly Assignment[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { agent } of assignments) counts[agent.id] = (counts[agent.id] ?? 0) + 1;
  return counts;
}

const three = ['a', 'b', 'c'].map((id) => anAgent({ id, models, slots: 4 }));

describe('createBalancing', () => {
  for (const [requests, each] of [
    [9, 3],
    [30, 10],
  ] as const) {
    it(`spreads ${requests} requests on 3 idle agents by round robin, ${each} each`, async () => {
      const { place } = setUp((await balancers()).roundRobin, ...three);
      const all = Array.from({ length: requests }, () => {
        const assignment = assigned(place());
        assignment.settle(completed);
        return assignment;
      });
      expect(spread(all)).to.deep.equal({ a: each, b: each, c: each });
    });
  }
  it('chooses no suspect agent while an available one was only full a moment ago', async () => {
    const agents = [anAgent({ id: 'a', models }), anAgent({ id: 'b', models, status: 'suspect' })];
    const { place } = setUp((await balancers()).leastConnections, ...agents);
    const exclude = new Set(['a']);
    expect(place({}, { exclude })).to.have.nested.property('agent.id', 'b');
    expect(place({}, { exclude, full: ['a'] })).to.include({ kind: 'reject' });
  });
  it('makes a request wait when every slot is taken, and places it when one is freed', async () => {
    const { place, balancing } = setUp((await balancers()).leastConnections, anAgent({ id: 'a', models, slots: 1 }));
    const first = assigned(place());
    expect(place()).to.include({ kind: 'wait' });
    expect(balancing.inFlight.total()).to.equal(1);
    first.settle(completed);
    first.settle(completed);
    expect(balancing.inFlight.total()).to.equal(0);
    expect(place()).to.include({ kind: 'assigned' });
  });
  it('avoids an agent at 90 % CPU by load', async () => {
    const busy = anAgent({ id: 'busy', models, metrics: { cpu: 0.9, memory: 0.1, gpus: [] } });
    const calm = anAgent({ id: 'calm', models, metrics: { cpu: 0.8, memory: 0.8, gpus: [] } });
    const { place } = setUp((await balancers()).loadBased, busy, calm);
    const all = Array.from({ length: 4 }, () => assigned(place()));
    expect(spread(all)).to.deep.equal({ calm: 4 });
  });
  const bad: Record<string, Balancer> = {
    throws: {
      choose: () => {
        throw new Error('no');
      },
    },
    stranger: { choose: () => ({ agent: 'nobody', why: 'x' }) },
    'bad-cost': { cost: () => Number.NaN },
    'unexplained-reject': { choose: () => ({ reject: true }) as unknown as Choice },
  };
  for (const [name, balancer] of Object.entries(bad)) {
    it(`places without a balancer that fails: ${name}`, () => {
      const { place, balancing } = setUp(
        balancer,
        anAgent({ id: 'a', models, slots: 1, inFlightByReplica: { other: 1 } }),
        anAgent({ id: 'b', models, slots: 1 }),
      );
      expect(assigned(place()).agent.id).to.equal('b');
      expect(balancing.faults()).to.deep.equal([{ balancer: 'under test', kind: name === 'throws' ? 'threw' : name, count: 1 }]);
    });
  }
});
