import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FleetEvent, PlacementView } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, startPullFleet } from '../../support/registry/start-pull-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const SIZE = 100_000;
/** The fleet is looked at half a second after it changed, and a job has to run. */
const SOON = { withinMs: 60_000 };

describe('placements', function () {
  this.timeout(240_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({ agents: [], env: { COORDINATOR_JOB_RETRY_MS: '50' } });
    // Its memory takes one such model, not two.
    const env = (room: string) => ({ AGENT_LABELS: `room=${room}`, AGENT_VRAM_BYTES: `${2 * SIZE}` });
    await Promise.all([world.addAgent('one', env('lab')), world.addAgent('two', env('lab')), world.addAgent('three', env('attic'))]);
    for (const name of ['wanted', 'rival', 'by-word']) world.registry.addSynthetic({ name, sizeBytes: SIZE });
  });
  after(() => world?.close());

  const ask = async (method: string, path = '', body?: object) => {
    const response = await fetch(`${world.fleet.url}/api/coordinator/placements${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as PlacementView & { error: string }) };
  };
  const ollamaOf = (name: string) => world.fleet.agents.find((agent) => agent.name === name)?.ollama;
  const loadedAt = (...names: string[]) => names.flatMap((name) => (ollamaOf(name)?.loaded() ?? []).map((model) => `${name} ${model}`));
  const stateOf = async (id: string) => (await ask('GET', `/${id}`)).body?.status.state;
  /** Resolves once such an event was told. */
  const hear = (event: RegExp) =>
    eventually(async () => {
      const { events } = (await (await fetch(`${world.fleet.url}/api/coordinator/events?limit=500`)).json()) as { events: FleetEvent[] };
      expect(events.map(({ type, model, detail }) => `${type} ${model}: ${detail}`).join('\n')).to.match(event);
    }, SOON);
  const cli = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, [COORDINATOR, ...words, '--url', world.fleet.url], (_failure, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });

  it('bring a model to as many agents with the labels as they say, and into their memory', async () => {
    const { status, body } = await ask('POST', '', { model: 'wanted', replicas: 1, labels: { room: 'lab' }, pinned: true });
    expect(status).to.equal(201);
    expect(body).to.deep.include({ id: 'wanted', replicas: 1, labels: { room: 'lab' }, loaded: true, pinned: true });
    await eventually(async () => expect(await stateOf('wanted')).to.equal('met'), SOON);
    await hear(/^placement_met wanted: wanted: 1 of 1 agents$/m);
    expect(await world.holders('wanted:latest')).to.have.lengthOf(1);
    expect(loadedAt('one', 'two', 'three')).to.have.lengthOf(1);
  });

  it('bring it to one more that joins', async () => {
    await ask('PUT', '/wanted', { model: 'wanted', replicas: 'all', labels: { room: 'lab' }, pinned: true });
    await world.addAgent('four', { AGENT_LABELS: 'room=lab' });
    await eventually(
      () => expect(loadedAt('one', 'two', 'four')).to.deep.equal(['one', 'two', 'four'].map((name) => `${name} wanted:latest`)),
      SOON,
    );
    expect(loadedAt('three')).to.deep.equal([]);
    await eventually(async () => expect(await stateOf('wanted')).to.equal('met'), SOON);
  });

  it('load it again where it was evicted', async () => {
    const unload = { method: 'POST', body: JSON.stringify({ model: 'wanted', keep_alive: 0 }) };
    await (await fetch(`${ollamaOf('one')?.url}/api/generate`, unload)).text();
    await eventually(() => expect(loadedAt('one')).to.deep.equal(['one wanted:latest']), SOON);
  });

  it('never load more than the memory takes, and say who lacks what', async () => {
    const { body } = await ask('POST', '', { model: 'rival', replicas: 'all', labels: { room: 'lab' }, pinned: true });
    expect(body?.id).to.equal('rival');
    // How much it takes is known once the first of them has it on disk.
    await eventually(async () => {
      const { body: shown } = await ask('GET', '/rival');
      expect(shown?.status.state).to.equal('short');
      expect(shown?.status.why)
        .to.match(/one has not enough memory for it/)
        .and.match(/two has not enough memory for it/);
    }, SOON);
    for (const name of ['one', 'two']) expect(loadedAt(name)).to.deep.equal([`${name} wanted:latest`]);
    await hear(/^placement_short rival: rival: .*has not enough memory/m);
    expect((await ask('DELETE', '/rival')).status).to.equal(204);
    expect((await ask('GET', '/rival')).status).to.equal(404);
  });

  it('find another agent where one is lost', async () => {
    await ask('PUT', '/wanted', { model: 'wanted', replicas: 2, labels: { room: 'lab' } });
    await eventually(async () => expect(await stateOf('wanted')).to.equal('met'), SOON);
    const agents = (await ask('GET', '/wanted')).body?.status.agents ?? [];
    expect(agents).to.have.lengthOf(2);
    const [lost = ''] = agents;
    world.fleet.agents.find(({ name }) => name === lost)?.program.signal('SIGKILL');
    await eventually(async () => {
      const status = (await ask('GET', '/wanted')).body?.status;
      expect(status?.state).to.equal('met');
      expect(status?.agents).to.have.lengthOf(2).and.not.include(lost);
    }, SOON);
    await world.fleet.restartAgent(lost);
  });

  it('are told as events when they are changed and removed', async () => {
    await hear(/^placement_changed wanted: wanted: pinned on 1 agent with room=lab$/m);
    await hear(/^placement_changed rival: rival: removed$/m);
  });

  it('are made, shown and removed from the command line', async () => {
    const made = await cli('placements', 'set', 'by-word', '--labels', 'room=attic', '--loaded');
    expect(made).to.deep.equal({ code: 0, out: 'placement "by-word": by-word on three\n', err: '' });
    await eventually(async () => expect(await stateOf('by-word')).to.equal('met'), SOON);
    const [, ...rows] = (await cli('placements')).out.trimEnd().split('\n');
    expect(rows.find((row) => row.startsWith('by-word'))).to.match(/^by-word +by-word +1 room=attic +loaded +met +three +three$/);
    await cli('placements', 'set', 'by-word', '--replicas', 'all');
    expect((await ask('GET', '/by-word')).body).to.deep.include({ replicas: 'all', labels: {}, loaded: false });
    expect((await cli('placements', 'remove', 'by-word')).out).to.equal(
      'placement "by-word" is removed; what it brought to agents stays there\n',
    );
  });

  for (const { words, says } of [
    { words: ['placements', 'explode'], says: /it is one of "ollama-coordinator placements \[list\]"/ },
    { words: ['placements', 'set', 'm', '--labels', 'attic'], says: /--labels must be name=value, or several between commas, not "attic"/ },
  ]) {
    it(`answer "${words.join(' ')}" with one sentence`, async () => {
      const { code, err } = await cli(...words);
      expect(code).to.equal(1);
      expect(err.trim()).to.match(says).and.not.include('\n');
    });
  }

  for (const { name, body, status, says } of [
    { name: 'a model of the cloud', body: { model: 'gpt-oss:120b-cloud' }, status: 403, says: /cloud/ },
    { name: 'conflicting options', body: { model: 'm', pinned: true, loaded: false }, status: 400, says: /conflicting options/ },
    { name: 'no agents', body: { model: 'm', replicas: 0 }, status: 400, says: /replicas/ },
    { name: 'a field that is none', body: { model: 'm', agents: 'all' }, status: 400, says: /Unrecognized key/ },
    { name: 'a second one of that name', body: { model: 'wanted' }, status: 409, says: /there is a placement "wanted" already/ },
  ]) {
    it(`are refused with a sentence: ${name}`, async () => {
      const refused = await ask('POST', '', body);
      expect(refused.status).to.equal(status);
      expect(refused.body?.error).to.match(says);
    });
  }
});
