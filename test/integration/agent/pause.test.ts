import { agentConfigSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { runCli } from '#agent/run-cli.js';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const ask = { method: 'POST', body: '{}', headers: { 'x-coordinator-signature': 'tiny:latest' } };

describe('an agent whose owner pauses it', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent;

  beforeEach(async () => {
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, slots: 1 });
    await eventually(() => agent.status().phase === 'registered');
  });

  afterEach(async () => {
    await agent.stop();
    await ollama.close();
    await coordinator.close();
  });

  const command = (...args: string[]) =>
    runCli([...args, '--ollama', ollama.url], { AGENT_DATA_DIR: agent.dataDir, AGENT_COORDINATOR_URL: coordinator.url });

  it('finishes what runs, refuses the rest, says why on watch and heartbeat, and comes back', async () => {
    const watch = await coordinator.watch('replica-1');
    const running = coordinator.call('/api/chat', ask);
    const held = await eventually(() => ollama.requests[0] ?? false);
    await agent.pause(Date.now() + 3_600_000);
    const pause = agent.status().pause;
    expect(pause?.text).to.match(/^paused by its owner until (\w{3} )?\d\d:\d\d$/);
    await eventually(() => expect(watch.records.at(-1)).to.deep.include({ type: 'state', state: 'paused', pause }));
    await eventually(() => expect(coordinator.heartbeats.at(-1)).to.deep.include({ state: 'paused', pause }));
    const refused = await coordinator.call('/api/chat', { ...ask, replica: 'replica-2' });
    expect(refused.headers).to.include({ 'x-agent-error': 'AGENT_BUSY' });
    held.res.end('{}');
    expect((await running).status).to.equal(200);
    await agent.resume();
    await eventually(() => expect(watch.records.at(-1)).to.deep.include({ type: 'state', state: 'ready' }));
    expect(agent.status()).not.to.have.property('pause');
    watch.close();
  });

  it('hears the command line of another process, and keeps it over a restart', async () => {
    expect(await command('pause', '--for', '2h')).to.equal(0);
    await eventually(() => agent.status().pause?.by === 'owner');
    const { dataDir } = agent;
    const again = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, dataDir });
    expect(again.status().pause?.by).to.equal('owner');
    expect(await command('resume')).to.equal(0);
    await eventually(() => again.status().pause === undefined);
    await again.stop();
  });

  it('refuses a schedule that is none, by name', () => {
    expect(agentConfigSchema.safeParse({ schedule: 'at night' }).error?.issues[0]?.message).to.match(/must be days and hours/);
  });
});
