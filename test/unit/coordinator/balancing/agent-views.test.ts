import type { RunnerReport } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createAgentViews } from '#coordinator/balancing/agent-views.js';
import { createInFlight } from '#coordinator/balancing/in-flight.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { anAgent, modelsOnDisk } from '../../../support/scripted-fleet.js';

const MODEL = 'llama3:latest';

function report(signature: string, inFlight: number): RunnerReport {
  const model = signature.split(';')[0] ?? signature;
  return { model, signature, digest: 'd', state: 'ready', slots: 4, in_flight: inFlight, size_bytes: 4e9, vram_bytes: 0 };
}

function setUp(over: Partial<AgentRecord> = {}) {
  const inFlight = createInFlight();
  const clock = createManualClock();
  const views = createAgentViews({ inFlight, replicaId: 'me', clock, intern: (text) => text });
  const record = anAgent({ id: 'a', ...over });
  const view = (next = record) => {
    const entry = views.update(next);
    if (entry.stale) views.refresh(entry);
    return entry.costed.agent;
  };
  const send = (signature: string) => {
    inFlight.add('a', signature);
    views.touch('a');
  };
  return { views, clock, record, view, send };
}

describe('createAgentViews', () => {
  it('replaces our share of a report by our exact count', () => {
    const { view, send } = setUp({ inFlightByReplica: { me: 5, other: 2 }, runners: [report(MODEL, 8)] });
    expect(view()).to.include({ inFlight: 2, foreign: 1 });
    send(MODEL);
    expect(view()).to.include({ inFlight: 3, foreign: 1 });
  });
  it('splits the requests of each runner between us and the others', () => {
    const { view, send, record } = setUp();
    view();
    for (const signature of [MODEL, MODEL, MODEL]) send(signature);
    const runners = [report(MODEL, 3), report('other:latest', 2)];
    const reported = { ...record, runners, inFlightByReplica: { me: 3, you: 2 } };
    expect(view(reported).runners.map(({ inFlight }) => inFlight)).to.deep.equal([3, 2]);
    send('other:latest');
    expect(view(reported).runners.map(({ inFlight }) => inFlight)).to.deep.equal([3, 3]);
  });
  it('does not take what we sent since the report for the requests of others', () => {
    const { view, send, record } = setUp();
    view();
    send(MODEL);
    const early = { ...record, runners: [report(MODEL, 0)], inFlightByReplica: { me: 0 } };
    expect(view(early).runners[0]?.inFlight).to.equal(1);
    const crowded = { ...record, runners: [report(MODEL, 2)], inFlightByReplica: { me: 0, you: 2 } };
    expect(view(crowded).runners[0]?.inFlight).to.equal(3);
  });
  it('shows a runner that our request makes the agent load', () => {
    const { view, send } = setUp({ slots: 2 });
    view();
    send(MODEL);
    expect(view().runners).to.have.lengthOf(1);
    expect(view().runners[0]).to.include({ signature: MODEL, slots: 2, inFlight: 1, state: 'loading' });
  });
  it('holds others up from the second request on for a model that is being loaded, until it is', () => {
    const { view, send } = setUp({ slots: 4 });
    view();
    send(MODEL);
    expect(view().heldUpUntilMs, 'one').to.equal(undefined);
    send(MODEL);
    expect(view().heldUpUntilMs, 'two').to.be.a('number').and.to.equal(view().runners[0]?.readyAtMs);
  });
  it('leaves out what was not reported, and never puts zero', () => {
    const { view } = setUp({ metrics: { gpus: [{ name: 'x', vram_bytes: 8e9 }] } });
    const { cpuLoad, memoryLoad, vramFreeBytes, firstByteMs, maxRunners } = view();
    expect([cpuLoad, memoryLoad, vramFreeBytes, firstByteMs, maxRunners]).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  it('adds up the free memory of the GPUs that report it', () => {
    const gpus = [
      { name: 'x', vram_bytes: 8e9, vram_used_bytes: 2e9 },
      { name: 'y', vram_bytes: 8e9, vram_used_bytes: 9e9 },
      { name: 'z' },
    ];
    expect(setUp({ metrics: { gpus } }).view().vramFreeBytes).to.equal(6e9);
  });
  it('says how long ago the agent was heard, without being rebuilt', () => {
    const { view, clock } = setUp({ lastSeenAtMs: createManualClock().now() });
    const before = view();
    clock.advance(1500);
    expect(view()).to.equal(before);
    expect(before.heardMsAgo).to.equal(1500);
  });
  it('rebuilds a view only when its record or our counts changed', () => {
    const { view, send, record } = setUp();
    const first = view();
    expect(view()).to.equal(first);
    send(MODEL);
    const second = view();
    expect(second).to.not.equal(first);
    expect(view({ ...record, weight: 2 })).to.include({ weight: 2 });
  });
  it('gives a guess of the speed from the size of the model', () => {
    const { view } = setUp({ models: modelsOnDisk(MODEL) });
    const speed = view().speed(MODEL, 1);
    expect(speed.loadS).to.include({ from: 'prior' });
    expect(speed.loadS.mean).to.be.closeTo(4.5, 1e-9);
    expect(speed.decodeTokensPerS.mean).to.be.closeTo(10, 1e-9);
    expect(speed.prefillTokensPerS.mean).to.be.closeTo(200, 1e-9);
    expect(view().speed(MODEL, 4).decodeTokensPerS.mean).to.be.lessThan(10).and.greaterThan(2.5);
  });
});
