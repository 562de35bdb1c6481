import { seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { AgentView } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);
const AGENTS = 200;

/** A fleet of one slot each, and a balancer that is content with 20 of them and tells whom it was asked about. */
function setUp(holders: readonly number[], { mostCandidates }: { mostCandidates?: number } = { mostCandidates: 20 }) {
  const runner = {
    model: MODEL,
    signature: MODEL,
    digest: 'd',
    state: 'ready',
    slots: 1,
    in_flight: 0,
    size_bytes: 1,
    vram_bytes: 1,
  } as const;
  const agent = (index: number) =>
    anAgent({ id: `agent-${index}`, models, slots: 1, maxRunners: 1, runners: holders.includes(index) ? [runner] : [] });
  const fleet = createScriptedFleet(...Array.from({ length: AGENTS }, (_, index) => agent(index)));
  let seen: string[] = [];
  const cost = (_request: unknown, { id, runners, inFlight }: AgentView) => {
    seen.push(id);
    return 10 * inFlight + (runners.length > 0 ? 1 : 2);
  };
  const profile = [{ name: 'content', balancer: { cost }, weight: 1, mostCandidates }];
  const balancing = createBalancing({
    profile,
    fleet,
    replicaId: 'r1',
    clock: createManualClock(),
    random: seededRandom(1),
    log: silentLogger,
  });
  return (over = {}) => {
    seen = [];
    const placement = balancing.place(requestFacts(MODEL), { exclude: new Set(), ...over });
    return { seen: new Set(seen), agent: 'agent' in placement ? placement.agent.id : undefined, kind: placement.kind };
  };
}

describe('a balancer that is content with some of a large fleet', () => {
  it('is asked about so many, among them those with the runner', () => {
    const { seen, agent } = setUp([7, 150])();
    expect(seen.size).to.equal(20);
    expect([...seen]).to.include.members(['agent-7', 'agent-150']);
    expect(agent).to.be.oneOf(['agent-7', 'agent-150']);
  });

  it('is asked about all where it does not say that it is', () => {
    expect(setUp([7], {})().seen.size).to.equal(AGENTS);
  });

  it('finds a free slot wherever there is one, and waits only where there is none', () => {
    const place = setUp([7]);
    const agents = Array.from({ length: AGENTS }, () => place().agent);
    expect(new Set(agents).size).to.equal(AGENTS);
    expect(place().kind).to.equal('wait');
  });

  it('is asked about an agent that is insisted on', () => {
    expect(setUp([])({ pin: ({ id }: { id: string }) => id === 'agent-123' }).agent).to.equal('agent-123');
  });
});
