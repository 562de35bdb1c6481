import { createLogger } from '@ollama-coordinator/common';
import type { Costed } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { dropEjected } from '#coordinator/balancing/ejection/drop-ejected.js';
import { createEjections, type Ejections, type Verdict } from '#coordinator/balancing/ejection/ejections.js';
import { followAgents } from '#coordinator/balancing/ejection/follow-agents.js';
import { createManualClock } from '../../../../support/manual-clock.js';
import { anAgent, createScriptedFleet } from '../../../../support/scripted-fleet.js';

const log = createLogger({ program: 'test', level: 'silent' });

function setUp() {
  const clock = createManualClock();
  const told = { ejected: [] as string[], returns: 0 };
  const ejections = createEjections({
    clock,
    log,
    onEjected: (agent, scope) => told.ejected.push(`${agent} ${scope}`),
    onReturn: () => {
      told.returns += 1;
    },
  });
  const judge = (agent: string, verdict: Verdict, times = 1) => {
    for (let index = 0; index < times; index += 1) ejections.judge(agent, 'm', verdict);
  };
  return { clock, told, ejections, judge };
}

function left(ejections: Ejections, names: string, granted = false): string {
  const candidates = [...names].map((id) => ({ agent: { id } }) as Costed);
  dropEjected(candidates, 'm', ejections, granted);
  return candidates.map(({ agent }) => agent.id).join('');
}

describe('createEjections', () => {
  it('keeps an agent out that went away over three requests, for every model', () => {
    const { ejections, judge, told } = setUp();
    judge('a', 'agent-failed', 2);
    expect(ejections.isOut('a', 'm')).to.equal(false);
    judge('a', 'agent-failed');
    expect(ejections.isOut('a', 'm')).to.equal(true);
    expect(ejections.isOut('a', 'other')).to.equal(true);
    expect(told.ejected).to.deep.equal(['a agent']);
  });

  it('keeps only the model out that an agent cannot load, at once', () => {
    const { ejections, judge, told } = setUp();
    judge('a', 'load-failed');
    expect(ejections.isOut('a', 'm')).to.equal(true);
    expect(ejections.isOut('a', 'other')).to.equal(false);
    expect(told.ejected).to.deep.equal(['a model']);
  });

  it('holds nothing against an agent that was busy, or whose client left', () => {
    const { ejections, judge } = setUp();
    judge('a', 'nothing', 10);
    expect(ejections.any).to.equal(false);
  });

  it('lets one request show whether the agent works again', () => {
    const { clock, ejections, judge, told } = setUp();
    judge('a', 'agent-failed', 3);
    clock.advance(1001);
    expect(told.returns).to.equal(1);
    expect(ejections.isOut('a', 'm')).to.equal(false);
    ejections.assigned('a', 'm');
    expect(ejections.isOut('a', 'm')).to.equal(true);
    ejections.released('a', 'm');
    expect(ejections.isOut('a', 'm'), 'it was busy').to.equal(false);
    ejections.assigned('a', 'm');
    judge('a', 'served');
    ejections.released('a', 'm');
    expect(ejections.isOut('a', 'm')).to.equal(false);
  });

  it('lets an agent that returns take part in one choice of ten, and then in more', () => {
    const { clock, ejections, judge } = setUp();
    judge('a', 'agent-failed', 3);
    clock.advance(1001);
    judge('a', 'served');
    const partsOf = (choices: number) => Array.from({ length: choices }, () => ejections.takesPart('a', 'm')).filter(Boolean).length;
    expect(partsOf(20)).to.equal(2);
    clock.advance(5000);
    expect(partsOf(20)).to.be.within(9, 11);
    clock.advance(5000);
    expect(partsOf(20)).to.equal(20);
  });

  it('skips an agent that refused a connection, until its next heartbeat', () => {
    const { clock, ejections, judge } = setUp();
    const fleet = createScriptedFleet(anAgent({ id: 'a', lastSeenAtMs: clock.now() }));
    const stop = followAgents(fleet, ejections, clock);
    fleet.put(anAgent({ id: 'a', lastSeenAtMs: clock.now() }));
    judge('a', 'unreachable');
    fleet.put(anAgent({ id: 'a', lastSeenAtMs: clock.now(), cpu: 1 } as never));
    expect(ejections.isOut('a', 'm'), 'an older sign of life').to.equal(true);
    clock.advance(100);
    fleet.put(anAgent({ id: 'a', lastSeenAtMs: clock.now() }));
    expect(ejections.isOut('a', 'm')).to.equal(false);
    stop();
    expect(fleet.listeners()).to.equal(0);
  });

  it('skips it until its watch is open again', () => {
    const { clock, ejections, judge } = setUp();
    const fleet = createScriptedFleet();
    followAgents(fleet, ejections, clock);
    fleet.put(anAgent({ id: 'a', status: 'suspect' }));
    judge('a', 'unreachable');
    fleet.put(anAgent({ id: 'a', status: 'online' }));
    expect(ejections.isOut('a', 'm')).to.equal(false);
  });

  it('forgets an agent that left, and one that behaves', () => {
    const { clock, ejections, judge } = setUp();
    const fleet = createScriptedFleet(anAgent({ id: 'a' }));
    followAgents(fleet, ejections, clock);
    judge('a', 'agent-failed', 3);
    fleet.remove('a');
    expect(ejections.any).to.equal(false);
    judge('b', 'load-failed');
    clock.advance(1001);
    judge('b', 'served');
    clock.advance(60_000);
    judge('b', 'served');
    expect(ejections.any).to.equal(false);
  });
});

describe('dropEjected', () => {
  it('drops who is out', () => {
    const { ejections, judge } = setUp();
    judge('a', 'unreachable');
    expect(left(ejections, 'ab')).to.equal('b');
    expect(left(ejections, 'abc')).to.equal('bc');
  });

  it('drops nobody when more than half would go', () => {
    const { ejections, judge } = setUp();
    for (const agent of 'ab') judge(agent, 'unreachable');
    expect(left(ejections, 'abc')).to.equal('abc');
    expect(left(ejections, 'abcd')).to.equal('cd');
    expect(left(ejections, 'a')).to.equal('a');
  });

  it('does not take a slot that an agent grants while it is out', () => {
    const { ejections, judge } = setUp();
    judge('a', 'unreachable');
    expect(left(ejections, 'a', true)).to.equal('');
  });

  it('takes one that returns slowly where there is nobody else', () => {
    const { clock, ejections, judge } = setUp();
    judge('a', 'unreachable');
    clock.advance(1001);
    judge('a', 'served');
    expect(left(ejections, 'ab')).to.equal('b');
    expect(left(ejections, 'a')).to.equal('a');
  });
});
