import { seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer, Choice, Costed } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);

/** Three agents: one that is full, one with a slot, one with a slot and more in flight. */
const fleet = () =>
  createScriptedFleet(
    anAgent({ id: 'full', models, slots: 1, inFlightByReplica: { other: 1 }, runners: [runner(1, 1)] }),
    anAgent({ id: 'idle', models, slots: 4, inFlightByReplica: { other: 1 }, runners: [runner(4, 1)] }),
    anAgent({ id: 'busy', models, slots: 8, inFlightByReplica: { other: 5 }, runners: [runner(8, 5)] }),
  );
function runner(slots: number, in_flight: number) {
  return { model: MODEL, signature: MODEL, digest: '', state: 'ready', slots, in_flight, size_bytes: 0, vram_bytes: 0 } as const;
}

function place(...profile: [name: string, balancer: Balancer][]) {
  const balancing = createBalancing({
    profile: profile.map(([name, balancer]) => ({ name, balancer, weight: 1 })),
    fleet: fleet(),
    replicaId: 'me',
    clock: createManualClock(),
    random: seededRandom(1),
    log: silentLogger,
  });
  const placement = balancing.place(requestFacts(MODEL), { exclude: new Set() });
  const { agent, why } = placement.kind === 'reject' ? { agent: { id: 'nobody' }, why: String(placement.details.reason) } : placement;
  return { agent: agent.id, why, faults: balancing.faults() };
}

const throws = () => {
  throw new Error('no');
};
const notIdle: Balancer = { cost: (_request, { id }) => (id === 'idle' ? Number.POSITIVE_INFINITY : 0) };
const last: Balancer = { choose: (_request, candidates) => ({ agent: candidates.at(-1)?.agent.id ?? '', why: 'the last' }) };

describe('a balancer that fails', () => {
  const faulty: Record<string, [balancer: Balancer, kind: string]> = {
    'throws in cost': [{ cost: throws }, 'threw'],
    'throws in choose': [{ choose: throws }, 'threw'],
    'throws what is no error': [
      {
        choose: () => {
          throw undefined;
        },
      },
      'threw',
    ],
    'answers a cost of NaN': [{ cost: () => Number.NaN }, 'bad-cost'],
    'answers a cost of minus infinity': [{ cost: () => Number.NEGATIVE_INFINITY }, 'bad-cost'],
    'answers a cost later': [{ cost: (async () => 1) as unknown as () => number }, 'bad-cost'],
    'answers a choice later': [{ choose: (async () => ({ agent: 'busy', why: 'x' })) as unknown as () => Choice }, 'bad-choice'],
    'answers a choice that rejects later': [{ choose: (async () => throws()) as unknown as () => Choice }, 'bad-choice'],
    'answers nothing': [{ choose: (() => undefined) as unknown as () => Choice }, 'bad-choice'],
    'answers an agent that is no text': [{ choose: () => ({ agent: 7 as unknown as string, why: 'x' }) }, 'bad-choice'],
    'answers what cannot be read': [
      {
        choose: () =>
          Object.defineProperty({ why: 'x' }, 'agent', {
            get: throws,
          }) as Choice,
      },
      'threw',
    ],
    'chooses a stranger': [{ choose: () => ({ agent: 'stranger', why: 'x' }) }, 'stranger'],
    'rejects without a reason': [{ choose: () => ({ reject: true, why: ' ' }) }, 'unexplained-reject'],
    'empties the list and throws': [
      {
        choose(_request, candidates) {
          (candidates as Costed[]).length = 0;
          return throws();
        },
      },
      'threw',
    ],
    'takes its choice out of the list': [
      { choose: (_request, candidates) => ({ agent: (candidates as Costed[]).shift()?.agent.id ?? '', why: 'the first' }) },
      'stranger',
    ],
  };
  for (const [what, [balancer, kind]] of Object.entries(faulty)) {
    it(`that ${what} is counted, and the request goes to the free agent with fewest in flight`, () => {
      const { agent, why, faults } = place(['bad', balancer]);
      expect(agent).to.equal('idle');
      expect(why).to.equal('bad: fewest in flight, without bad, which failed');
      expect(faults).to.deep.equal([{ balancer: 'bad', kind, count: 1 }]);
    });
  }
  it('leaves the others to decide, so that what they refuse stays refused', () => {
    for (const [, [balancer]] of Object.entries(faulty)) {
      const { agent, why } = place(['not-idle', notIdle], ['bad', balancer]);
      expect(agent).to.equal('busy');
      expect(why).to.match(/without bad, which failed$/);
    }
    expect(place(['bad', { cost: throws }], ['last', last]).agent).to.equal('busy');
  });
  it('is told from another of the same name', () => {
    const { agent, faults } = place(['twin', notIdle], ['twin', { cost: throws }], ['last', last]);
    expect(agent).to.equal('busy');
    expect(faults).to.deep.equal([{ balancer: 'twin', kind: 'threw', count: 1 }]);
  });
  it('is one of several: each is counted', () => {
    const { agent, faults } = place(['bad', { cost: throws }], ['worse', { choose: () => ({ agent: 'x', why: 'x' }) }]);
    expect(agent).to.equal('idle');
    expect(faults.map(({ balancer }) => balancer)).to.deep.equal(['bad', 'worse']);
  });
  it('is none: a profile of nobody takes the free agent with fewest in flight', () => {
    expect(place().agent).to.equal('idle');
  });
});
