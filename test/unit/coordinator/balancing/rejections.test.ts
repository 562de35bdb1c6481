import { AppError, seededRandom, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import type { CandidateRules } from '#coordinator/balancing/find-candidates.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { requestFacts } from '../../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);
const other = modelsOnDisk('other:latest');

function place(agents: readonly AgentRecord[], rules: Partial<CandidateRules> = {}) {
  const profile = [{ name: 'test', balancer: { cost: () => 1 }, weight: 1 }];
  const fleet = createScriptedFleet(...agents);
  const deps = { profile, fleet, replicaId: 'me', clock: createManualClock(), random: seededRandom(1), log: silentLogger };
  return createBalancing(deps).place(requestFacts(MODEL), { exclude: new Set(), ...rules });
}

function runnerOf(model: string, vramBytes = 0): AgentRecord['runners'][number] {
  return { model, signature: model, digest: '', state: 'ready', slots: 1, in_flight: 0, size_bytes: vramBytes, vram_bytes: vramBytes };
}

function agent(id: string, over: Partial<AgentRecord> = {}): AgentRecord {
  return anAgent({ id, models, ...over });
}

const cases: Record<string, { agents: AgentRecord[]; rules?: Partial<CandidateRules>; code: string; says: RegExp }> = {
  'no agent is registered': { agents: [], code: 'NO_AGENTS', says: /no agent has registered/ },
  'no registered agent has the model': {
    agents: [agent('a', { models: other })],
    code: 'UNKNOWN_MODEL',
    says: /llama3:latest.* not found/,
  },
  'an agent has not told its models yet': {
    agents: [agent('a', { models: new Map(), status: 'joining', state: undefined })],
    code: 'NO_CANDIDATE',
    says: /not told their models yet \(a: joining\)/,
  },
  'those that have it are away': {
    agents: [
      agent('a', { status: 'offline' }),
      agent('b', { status: 'draining' }),
      agent('c', { state: 'paused' }),
      agent('d', { state: 'ollama_down', status: 'suspect' }),
      agent('e', { weight: 0 }),
      agent('f', { models: other }),
    ],
    code: 'ALL_AGENTS_OFFLINE',
    says: /\(a: offline, b: draining, c: paused, d: Ollama down, e: weight 0\)/,
  },
  'many are away': {
    agents: Array.from({ length: 13 }, (_, index) => agent(`a${index}`, { status: 'offline' })),
    code: 'ALL_AGENTS_OFFLINE',
    says: /a9: offline and 3 more/,
  },
  'the pin matches none': {
    agents: [agent('a'), agent('b', { status: 'offline' })],
    rules: { pin: ({ id }) => id === 'z' },
    code: 'NO_CANDIDATE',
    says: /none is one that the request may go to/,
  },
  'the one that the pin matches is away': {
    agents: [agent('a'), agent('b', { status: 'offline' })],
    rules: { pin: ({ id }) => id === 'b' },
    code: 'ALL_AGENTS_OFFLINE',
    says: /\(b: offline\)/,
  },
  'what is pinned there leaves no room': {
    agents: [
      agent('a', { maxRunners: 1, kept: [{ model: 'pinned:latest', pinned: true }], runners: [runnerOf('pinned:latest')] }),
      agent('b', { status: 'offline' }),
    ],
    code: 'NO_CANDIDATE',
    says: /what is pinned on the agents that have llama3:latest leaves no room for it \(a\)/,
  },
  'every one was tried': {
    agents: [agent('a'), agent('b', { status: 'offline' })],
    rules: { exclude: new Set(['a']) },
    code: 'NO_CANDIDATE',
    says: /was tried already \(a\)/,
  },
};

describe('place', () => {
  for (const [when, { agents, rules, code, says }] of Object.entries(cases)) {
    it(`rejects with ${code} when ${when}`, () => {
      const placement = place(agents, rules);
      if (placement.kind !== 'reject') throw new Error(`expected a reject, got ${placement.kind}`);
      expect(placement.code).to.equal(code);
      expect(new AppError(placement.code, { details: placement.details }).message).to.match(says);
    });
  }
  it('takes a suspect agent only when no other may serve', () => {
    const agents = [agent('a', { status: 'suspect' }), agent('b')];
    expect(place(agents)).to.have.nested.property('agent.id', 'b');
    expect(place(agents, { exclude: new Set(['b']) })).to.have.nested.property('agent.id', 'a');
  });
  it('says to come back when as much time again has passed as the latest of them is away', () => {
    const nowMs = createManualClock().now();
    const away = (id: string, ms: number) => agent(id, { status: 'offline', lastSeenAtMs: nowMs - ms });
    expect(place([away('a', 90_000), away('b', 12_000)])).to.include({ code: 'ALL_AGENTS_OFFLINE', retryAfterS: 12 });
  });

  it('leaves out agents whose pinned models leave no room, unless they granted a slot', () => {
    const pins = { kept: [{ model: 'pinned:latest', pinned: true }], runners: [runnerOf('pinned:latest', 7e9)] };
    // The model takes 4 GB.
    const full = agent('a', { ...pins, maxRunnerBytes: 10e9 });
    expect(place([full, agent('b', { tier: 1 })])).to.have.nested.property('agent.id', 'b');
    expect(place([full], { grantedBy: 'a' })).to.have.nested.property('agent.id', 'a');
    expect(place([{ ...full, maxRunnerBytes: 11e9 }])).to.have.nested.property('agent.id', 'a');
    expect(place([{ ...full, kept: [{ model: 'pinned:latest', pinned: false }] }])).to.have.nested.property('agent.id', 'a');
    expect(place([{ ...full, runners: [...full.runners, runnerOf(MODEL, 3e9)] }])).to.have.nested.property('agent.id', 'a');
  });
  it('sends to the agent that granted a slot, whatever its last report said', () => {
    const full = agent('a', {
      slots: 1,
      runners: [{ ...runnerOf(MODEL), in_flight: 1 }],
      inFlightByReplica: { you: 1 },
    });
    expect(place([full, agent('b')], { grantedBy: 'a' }))
      .to.include({ kind: 'assigned' })
      .and.to.have.nested.property('agent.id', 'a');
    expect(place([full])).to.include({ kind: 'wait' });
    expect(place([full], { requireFree: true })).to.include({ kind: 'wait' });
    expect(place([full, agent('b')], { requireFree: true })).to.have.nested.property('agent.id', 'b');
  });
});
