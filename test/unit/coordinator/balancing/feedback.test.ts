import { seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import type { WeightedBalancer } from '#coordinator/balancing/decide.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);

function setUp(...profile: WeightedBalancer[]) {
  const clock = createManualClock();
  const errors: unknown[] = [];
  const log = Object.assign(Object.create(silentLogger) as typeof silentLogger, { error: (fields: unknown) => void errors.push(fields) });
  const fleet = createScriptedFleet(anAgent({ id: 'a', models }), anAgent({ id: 'b', models }));
  const balancing = createBalancing({ profile, fleet, replicaId: 'me', clock, random: seededRandom(7), log });
  return { clock, errors, fleet, balancing, place: () => balancing.place(requestFacts(MODEL), { exclude: new Set() }) };
}
const entry = (name: string, balancer: Balancer, weight = 1): WeightedBalancer => ({ name, balancer, weight });
const costs = (table: Record<string, number>): Balancer => ({ cost: (_request, agent) => table[agent.id] ?? 0 });

describe('a profile of balancers', () => {
  it('chooses by the weighted sum of costs', () => {
    const near = entry('near', costs({ a: 1, b: 2 }));
    expect(setUp(near, entry('far', costs({ a: 3, b: 1 }), 0.4)).place()).to.have.nested.property('agent.id', 'a');
    expect(setUp(near, entry('far', costs({ a: 3, b: 1 }), 0.6)).place()).to.have.nested.property('agent.id', 'b');
  });
  it('never gives the last word to a candidate that one of them refuses', () => {
    const first = entry('first', { choose: (_request, [one]) => ({ agent: one?.agent.id ?? '', why: 'first' }) });
    expect(setUp(first).place()).to.have.nested.property('agent.id', 'a');
    expect(setUp(entry('no a', costs({ a: Number.POSITIVE_INFINITY })), first).place()).to.have.nested.property('agent.id', 'b');
  });
  it('rejects in words, with the names of those who refuse, when every candidate is refused', () => {
    const refusal = setUp(entry('no', { cost: () => Number.POSITIVE_INFINITY }), entry('yes', { cost: () => 1 })).place();
    expect(refusal).to.deep.equal({ kind: 'reject', code: 'NO_CANDIDATE', details: { reason: 'every candidate was refused by no' } });
  });
  it('decides ties by chance, each with about the same share', () => {
    const { place } = setUp(entry('same', { cost: () => 1 }));
    const counts = { a: 0, b: 0 };
    for (let round = 0; round < 400; round += 1) {
      const placement = place();
      if (placement.kind !== 'assigned') continue;
      counts[placement.agent.id as 'a' | 'b'] += 1;
      placement.settle({ outcome: 'completed', totalMs: 1 });
    }
    expect(counts.a).to.be.within(150, 250);
    expect(counts.a + counts.b).to.equal(400);
  });
});

describe('feedback to balancers', () => {
  it('says assigned, first byte and settled once each, and what the fleet loses', () => {
    const heard: string[] = [];
    const runner = {
      model: MODEL,
      signature: MODEL,
      digest: '',
      state: 'ready',
      slots: 1,
      in_flight: 0,
      size_bytes: 0,
      vram_bytes: 0,
    } as const;
    const { place, fleet } = setUp(
      entry('listener', {
        cost: () => 1,
        assigned: ({ agent }) => void heard.push(`assigned ${agent}`),
        firstByte: ({ firstByteMs }) => void heard.push(`first byte ${firstByteMs}`),
        settled: ({ outcome }) => void heard.push(`settled ${outcome}`),
        fleet: (change) => void heard.push(`${change.type} ${change.agent}`),
      }),
    );
    fleet.remove('b');
    const placement = place();
    if (placement.kind !== 'assigned') throw new Error(placement.kind);
    placement.firstByte(40);
    placement.settle({ outcome: 'cancelled', totalMs: 90 });
    placement.settle({ outcome: 'completed', totalMs: 90 });
    placement.firstByte(41);
    fleet.put(anAgent({ id: 'a', models, runners: [runner] }));
    fleet.put(anAgent({ id: 'a', models, runners: [] }));
    expect(heard).to.deep.equal(['agent-left b', 'assigned a', 'first byte 40', 'settled cancelled', 'runner-unloaded a']);
  });
  it('survives hooks that throw or reject, counts them and logs one of a kind a minute', async () => {
    const { place, balancing, errors, clock } = setUp(
      entry('bad', {
        cost: () => 1,
        assigned: () => {
          throw new Error('no');
        },
        settled: (async () => {
          throw new Error('late');
        }) as unknown as () => void,
      }),
    );
    for (let round = 0; round < 3; round += 1) {
      const placement = place();
      if (placement.kind === 'assigned') placement.settle({ outcome: 'completed', totalMs: 1 });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(balancing.faults()).to.deep.equal([
      { balancer: 'bad', kind: 'threw', count: 3 },
      { balancer: 'bad', kind: 'promise', count: 3 },
    ]);
    expect(errors).to.have.lengthOf(2);
    clock.advance(60_000);
    place();
    expect(errors).to.have.lengthOf(3);
    expect(balancing.inFlight.total()).to.equal(1);
  });
  it('stops listening and closes the balancers once', async () => {
    const closed: string[] = [];
    const { balancing, fleet } = setUp(
      entry('x', { cost: () => 1, close: () => void closed.push('x') }),
      entry('y', { cost: () => 1, close: () => Promise.reject(new Error('stuck')) }),
    );
    expect(fleet.listeners()).to.equal(1);
    await Promise.all([balancing.close(), balancing.close()]);
    expect([closed, fleet.listeners()]).to.deep.equal([['x'], 0]);
  });
  it('knows the present fleet also when another listener asks before it was told', () => {
    const { balancing, fleet } = setUp(entry('x', { cost: () => 1 }));
    fleet.remove('a');
    fleet.put(anAgent({ id: 'c', models, slots: 1 }));
    fleet.remove('b');
    const placement = balancing.place(requestFacts(MODEL), { exclude: new Set() });
    expect(placement).to.have.nested.property('agent.id', 'c');
  });
});
