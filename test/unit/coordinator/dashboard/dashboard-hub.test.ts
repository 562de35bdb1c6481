import { type DashboardMessage, dashboardMessageSchema, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createDashboardHub } from '#coordinator/dashboard/dashboard-hub.js';
import { applyMessage, type PageState } from '#coordinator/dashboard/page-state.js';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.js';
import { anAgent, aRequest, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';
import { FakeSocket } from './fake-socket.js';

function setUp(...agents: Parameters<typeof createScriptedFleet>) {
  const clock = createManualClock();
  const fleet = createScriptedFleet(...agents);
  const redis: { state: 'up' | 'down' } = { state: 'up' };
  const hub = createDashboardHub({
    fleet,
    clock,
    log: silentLogger,
    replicaId: 'r1',
    coordinatorVersion: '1',
    redisState: () => redis.state,
  });
  const join = () => {
    const socket = new FakeSocket();
    hub.connect(socket.asWebSocket);
    return socket;
  };
  return { clock, fleet, redis, hub, join };
}

/** The state of a page that got these messages; throws when it missed one. */
function pageAfter(messages: readonly DashboardMessage[]): PageState {
  let state: PageState | undefined;
  for (const message of messages) {
    state = applyMessage(state, message);
    if (state === undefined) throw new Error(`the page missed a change before version ${message.version}`);
  }
  if (state === undefined) throw new Error('the page got nothing');
  return state;
}

const changesOf = (socket: FakeSocket) => socket.messages.flatMap((message) => (message.type === 'change' ? [message] : []));
const at = (clock: ManualClock) => ({ lastSeenAtMs: clock.now() });

describe('createDashboardHub', () => {
  it('sends a snapshot in the turn of the connection, with what happened before it', () => {
    const { hub, fleet, join } = setUp(anAgent({ id: 'a' }));
    fleet.put(anAgent({ id: 'b' }));
    fleet.tell({ type: 'online', agent_id: 'b' });
    hub.requestChanged(aRequest({ id: 'q1' }));
    const [message] = join().messages;
    expect(message).to.include({ type: 'snapshot', replica: 'r1', coordinator_version: '1', redis: 'up' });
    const page = pageAfter(message ? [message] : []);
    expect([...page.agents.keys()]).to.deep.equal(['a', 'b']);
    expect([...page.requests.keys()]).to.deep.equal(['q1']);
    expect([...page.events.values()].map((event) => event.type)).to.deep.equal(['online']);
  });

  it('takes a request away whose end nobody knows', () => {
    const { hub, clock, join } = setUp();
    hub.requestChanged(aRequest({ id: 'q1', status: 'running' }));
    hub.requestChanged(aRequest({ id: 'q2', status: 'running' }));
    const socket = join();
    hub.forgetRequest('q1');
    hub.forgetRequest('never here');
    clock.advance(1000);
    expect([...pageAfter(socket.messages).requests.keys()]).to.deep.equal(['q2']);
    expect([...hub.requests()].map(({ id }) => id)).to.deep.equal(['q2']);
  });

  it('sends messages that keep to the protocol', () => {
    const { fleet, clock, hub, join } = setUp(anAgent({ id: 'a' }));
    const socket = join();
    fleet.put(anAgent({ id: 'a', status: 'offline' }), anAgent({ id: 'b' }));
    hub.requestChanged(aRequest({ id: 'q1' }));
    clock.advance(5000);
    for (const message of socket.messages) expect(dashboardMessageSchema.parse(message)).to.deep.equal(message);
  });

  it('sends the first change after a quiet time at once and gathers those that follow', () => {
    const { fleet, clock, join } = setUp();
    const socket = join();
    clock.advance(1000);
    fleet.put(anAgent({ id: 'a' }));
    clock.advance(0);
    expect(changesOf(socket)).to.have.length(1);
    for (const id of ['b', 'c', 'd']) {
      clock.advance(50);
      fleet.put(anAgent({ id }));
    }
    expect(changesOf(socket)).to.have.length(1);
    clock.advance(100);
    expect(changesOf(socket)).to.have.length(2);
    expect(changesOf(socket)[1]?.agents?.map((agent) => agent.id)).to.deep.equal(['b', 'c', 'd']);
  });

  it('sends at most four changes in a second, whatever happens', () => {
    const { fleet, clock, join } = setUp();
    const socket = join();
    clock.advance(1000);
    for (let step = 0; step < 100; step += 1) {
      fleet.put(anAgent({ id: 'a', inFlightByReplica: { r1: step } }));
      clock.advance(10);
    }
    expect(changesOf(socket)).to.have.length.within(3, 5);
    clock.advance(250);
    expect(pageAfter(socket.messages).agents.get('a')?.in_flight).to.equal(99);
  });

  it('tells of a changed agent only the fields that changed', () => {
    const { fleet, clock, join } = setUp(anAgent({ id: 'a', models: modelsOnDisk('m1', 'm2') }));
    const socket = join();
    fleet.put(anAgent({ id: 'a', models: modelsOnDisk('m1', 'm2'), status: 'draining' }));
    clock.advance(0);
    expect(changesOf(socket)[0]?.agent_changes).to.deep.equal([{ id: 'a', status: 'draining' }]);
  });

  it('sends an agent whole when something that it told before is unknown again', () => {
    const { fleet, clock, join } = setUp(anAgent({ id: 'a' }));
    const socket = join();
    fleet.put(anAgent({ id: 'a', status: 'joining', state: undefined }));
    clock.advance(0);
    expect(pageAfter(socket.messages).agents.get('a')).to.not.have.property('state');
  });

  it('tells when an agent is gone', () => {
    const { fleet, clock, join } = setUp(anAgent({ id: 'a' }), anAgent({ id: 'b' }));
    const socket = join();
    fleet.remove('a');
    clock.advance(0);
    expect([...pageAfter(socket.messages).agents.keys()]).to.deep.equal(['b']);
  });

  it('brings a page that came between two changes to the same state as the others', () => {
    const { fleet, clock, join } = setUp(anAgent({ id: 'a' }));
    const early = join();
    fleet.put(anAgent({ id: 'a', status: 'suspect' }));
    const late = join();
    fleet.put(anAgent({ id: 'a' }), anAgent({ id: 'b' }));
    clock.advance(250);
    expect(pageAfter(late.messages)).to.deep.equal(pageAfter(early.messages));
  });

  it('serialises a change once for all viewers', () => {
    const { fleet, clock, join } = setUp();
    const [one, two] = [join(), join()];
    fleet.put(anAgent({ id: 'a' }));
    clock.advance(0);
    expect(one.payloads.at(-1)).to.equal(two.payloads.at(-1));
  });

  it('does not tell of a load that flickers by a point, and tells of one that moves', () => {
    const { fleet, clock, join } = setUp(anAgent({ id: 'a', metrics: { cpu: 0.2, memory: 0.4, gpus: [{ name: 'g', load: 0.5 }] } }));
    const socket = join();
    for (const cpu of [0.21, 0.195, 0.204]) {
      fleet.put(anAgent({ id: 'a', metrics: { cpu, memory: 0.4 + cpu / 100, gpus: [{ name: 'g', load: cpu + 0.3 }] } }));
      clock.advance(300);
    }
    expect(changesOf(socket)).to.have.length(0);
    fleet.put(anAgent({ id: 'a', metrics: { cpu: 0.314, memory: 0.4, gpus: [{ name: 'g', load: 0.5 }] } }));
    clock.advance(300);
    expect(pageAfter(socket.messages).agents.get('a')?.metrics.cpu).to.equal(0.31);
  });

  it('costs an unchanged fleet of 200 agents under 5 kB a second and viewer', () => {
    const ids = Array.from({ length: 200 }, (_, index) => `0c6c1f2e-5b7a-4d0e-9d5e-${String(index).padStart(12, '0')}`);
    const { fleet, clock, join } = setUp(...ids.map((id) => anAgent({ id })));
    const socket = join();
    const snapshotBytes = socket.payloads.join('').length;
    for (let step = 0; step < 60_000 / 25; step += 1) {
      const id = ids[step % ids.length] ?? '';
      const flicker = (((step % 7) + 3 * Math.floor(step / ids.length)) % 10) * 0.0018;
      fleet.put(anAgent({ id, ...at(clock), metrics: { cpu: 0.2 + flicker, memory: 0.4 + flicker / 2, gpus: [] } }));
      clock.advance(25);
    }
    const bytesPerS = (socket.payloads.join('').length - snapshotBytes) / 60;
    expect(bytesPerS).to.be.below(5000);
    expect(pageAfter(socket.messages).lastSeenAtMs.get(ids[0] ?? '')).to.be.above(clock.now() - 11_000);
  });

  it('sends something every five seconds, so that silence means a dead connection', () => {
    const { clock, join } = setUp();
    const socket = join();
    clock.advance(20_000);
    expect(changesOf(socket)).to.have.length.within(3, 4);
  });

  it('tells within a second that Redis went away', () => {
    const { redis, clock, join } = setUp();
    const socket = join();
    redis.state = 'down';
    clock.advance(1000);
    expect(pageAfter(socket.messages).redis).to.equal('down');
  });

  it('keeps the last 200 requests, the live ones longest, and the last 100 events', () => {
    const { hub, fleet, clock, join } = setUp();
    const socket = join();
    hub.requestChanged(aRequest({ id: 'live', status: 'running' }));
    for (let index = 0; index < 300; index += 1) {
      hub.requestChanged(aRequest({ id: `q${index}` }));
      fleet.tell({ type: 'online' });
      clock.advance(100);
    }
    for (const page of [pageAfter(socket.messages), pageAfter(join().messages)]) {
      expect(page.requests.size).to.equal(200);
      expect([...page.requests.keys()].slice(0, 2)).to.deep.equal(['live', 'q101']);
      expect(page.events.size).to.equal(100);
    }
  });

  it('leaves changes out for a viewer with more than 1 MB waiting and makes up for them with a snapshot', () => {
    const { fleet, clock, join } = setUp();
    const [slow, quick] = [join(), join()];
    slow.bufferedAmount = 1024 * 1024 + 1;
    fleet.put(anAgent({ id: 'a' }));
    clock.advance(250);
    fleet.put(anAgent({ id: 'b' }));
    clock.advance(250);
    expect(slow.messages).to.have.length(1);
    expect(changesOf(quick)).to.have.length(2);
    slow.bufferedAmount = 0;
    clock.advance(1000);
    expect(slow.messages.map((message) => message.type)).to.deep.equal(['snapshot', 'snapshot']);
    fleet.put(anAgent({ id: 'c' }));
    clock.advance(250);
    expect([...pageAfter(slow.messages).agents.keys()]).to.deep.equal(['a', 'b', 'c']);
  });

  it('closes a viewer that stays slow for ten seconds with 1013, then drops it', () => {
    const { fleet, clock, join } = setUp();
    const slow = join();
    slow.bufferedAmount = 2e6;
    fleet.put(anAgent({ id: 'a' }));
    clock.advance(9000);
    expect(slow.closedWith).to.equal(undefined);
    clock.advance(3000);
    expect(slow.closedWith).to.equal(1013);
    clock.advance(2000);
    expect(slow.terminated).to.equal(true);
  });

  it('pings every 4 s, and lets a viewer that does not answer go within 10 s', () => {
    const { clock, join } = setUp();
    const [alive, dead] = [join(), join()];
    dead.answersPings = false;
    clock.advance(4000);
    expect([alive.pings, dead.pings]).to.deep.equal([1, 1]);
    clock.advance(5000);
    expect([alive.terminated, dead.terminated]).to.deep.equal([false, true]);
  });

  it('does nothing while nobody watches', () => {
    const { fleet, clock, join } = setUp();
    join().terminate();
    fleet.put(anAgent({ id: 'a' }));
    clock.advance(60_000);
    expect([...pageAfter(join().messages).agents.keys()]).to.deep.equal(['a']);
  });

  it('ends every connection with 1001 and stops watching the fleet on close', () => {
    const { fleet, hub, join } = setUp();
    const socket = join();
    hub.close();
    expect(socket.closedWith).to.equal(1001);
    expect(fleet.listeners()).to.equal(0);
  });
});
