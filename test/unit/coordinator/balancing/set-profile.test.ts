import { seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { type Assignment, createBalancing } from '#coordinator/balancing/create-balancing.js';
import type { WeightedBalancer } from '#coordinator/balancing/decide.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);

/** A balancer that has one agent chosen, and tells what it hears. */
function recording(name: string, agent: string) {
  const heard: string[] = [];
  const balancer: Balancer = {
    choose: () => ({ agent, why: 'it is told so' }),
    assigned: () => void heard.push('assigned'),
    firstByte: () => void heard.push('firstByte'),
    settled: () => void heard.push('settled'),
    fleet: ({ type }) => void heard.push(type),
    close: () => void heard.push('closed'),
  };
  return { heard, profile: [{ name, balancer, weight: 1 }] satisfies WeightedBalancer[] };
}

function setUp(profile: readonly WeightedBalancer[]) {
  const fleet = createScriptedFleet(...['a', 'b', 'c'].map((id) => anAgent({ id, models })));
  const balancing = createBalancing({
    profile,
    fleet,
    replicaId: 'me',
    clock: createManualClock(),
    random: seededRandom(1),
    log: silentLogger,
  });
  const place = (): Assignment => {
    const placement = balancing.place(requestFacts(MODEL), { exclude: new Set() });
    if (placement.kind !== 'assigned') throw new Error(placement.kind);
    return placement;
  };
  return { fleet, balancing, place };
}
const completed = { outcome: 'completed', totalMs: 10 } as const;

describe('setProfile', () => {
  it('has the others decide, and the former ones hear what becomes of what they decided, until they are closed', async () => {
    const [first, second] = [recording('first', 'a'), recording('second', 'b')];
    const { balancing, place, fleet } = setUp(first.profile);
    const running = [place(), place()];
    balancing.setProfile(second.profile);
    const later = place();
    expect([later.agent.id, later.why, balancing.profile()]).to.deep.equal(['b', 'second: it is told so', ['second']]);
    fleet.remove('c');
    running[0]?.firstByte(5);
    running[0]?.settle(completed);
    expect(first.heard).to.deep.equal(['assigned', 'assigned', 'firstByte', 'settled']);
    running[1]?.settle(completed);
    await eventually(() => first.heard.at(-1) === 'closed');
    later.settle(completed);
    expect(second.heard).to.deep.equal(['assigned', 'agent-left', 'settled']);
    expect(balancing.inFlight.total()).to.equal(0);
  });
  it('closes at once what has nothing open', async () => {
    const first = recording('first', 'a');
    const { balancing } = setUp(first.profile);
    balancing.setProfile(recording('second', 'b').profile);
    await eventually(() => first.heard.at(-1) === 'closed');
  });
  it('closes everything once at the end, also what is still open', async () => {
    const [first, second] = [recording('first', 'a'), recording('second', 'b')];
    const { balancing, place } = setUp(first.profile);
    const running = place();
    balancing.setProfile(second.profile);
    await balancing.close();
    running.settle(completed);
    await balancing.close();
    for (const { heard } of [first, second]) expect(heard.filter((event) => event === 'closed')).to.have.lengthOf(1);
  });
});
