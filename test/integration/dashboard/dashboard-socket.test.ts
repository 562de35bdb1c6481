import { once } from 'node:events';
import type { DashboardMessage } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.js';
import { anAgent, createScriptedFleet, type ScriptedFleet } from '../../support/scripted-fleet.js';
import { startDashboard, type TestDashboard } from '../../support/start-dashboard.js';

describe('WS /ws/dashboard', () => {
  let fleet: ScriptedFleet;
  let dashboard: TestDashboard;
  const open: WebSocket[] = [];

  const watch = (protocols = ['ollama-coordinator']) => {
    const socket = new WebSocket(`${dashboard.origin.replace('http', 'ws')}/ws/dashboard`, protocols);
    const messages: DashboardMessage[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    open.push(socket);
    return { socket, messages };
  };

  beforeEach(async () => {
    fleet = createScriptedFleet(anAgent({ id: 'a' }));
    dashboard = await startDashboard(fleet);
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.terminate();
    await dashboard.close();
  });

  it('gives a snapshot, then a change within a second of it', async () => {
    const { messages } = watch();
    await eventually(() => expect(messages).to.have.length(1));
    expect(messages[0]).to.include({ type: 'snapshot' });
    fleet.put(anAgent({ id: 'b' }));
    await eventually(() => expect(messages).to.have.length(2), { withinMs: 1000 });
    const [first, second] = messages;
    expect(second).to.include({ type: 'change', version: (first?.version ?? 0) + 1 });
    expect(second?.agents?.map((agent) => agent.id)).to.deep.equal(['b']);
  });

  it('answers with its own subprotocol and never with the one that holds the key', async () => {
    const { socket } = watch(['bearer.secret', 'ollama-coordinator']);
    await once(socket, 'open');
    expect(socket.protocol).to.equal('ollama-coordinator');
  });

  it('does not compress', async () => {
    const { socket } = watch();
    await once(socket, 'open');
    expect(socket.extensions).to.equal('');
  });

  it('closes a page that sends more than it may, and serves the others on', async () => {
    const [loud, quiet] = [watch(), watch()];
    await Promise.all([once(loud.socket, 'open'), once(quiet.socket, 'open')]);
    loud.socket.send('x'.repeat(2000));
    const [code] = await once(loud.socket, 'close');
    expect(code).to.equal(1009);
    fleet.put(anAgent({ id: 'b' }));
    await eventually(() => expect(quiet.messages.at(-1)?.agents?.[0]?.id).to.equal('b'));
  });

  it('says goodbye with 1001 when the coordinator stops', async () => {
    const { socket } = watch();
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await dashboard.close();
    expect((await closed)[0]).to.be.oneOf([1001, 1006]);
  });
});
