import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../../support/start-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 1000 }] } as const;

describe('ollama-coordinator agent', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'round-robin' },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })),
    });
  });
  after(() => fleet.close());

  const cli = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, [COORDINATOR, ...words, '--url', fleet.url], (_failure, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  const ask = (tokens: number, headers: Readonly<Record<string, string>> = {}) =>
    fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: tokens } }, headers);
  const servedBy = async () =>
    new Set(await Promise.all(Array.from({ length: 8 }, async () => (await ask(1)).headers.get('x-coordinator-agent'))));

  it('drain lets what runs end, sends nothing more, and resume sends again', async () => {
    const running = ask(400, { 'x-coordinator-pin': 'one' });
    await eventually(() => fleet.agents.find(({ name }) => name === 'one')?.ollama?.stats.inFlight === 1);
    expect(await cli('agent', 'drain', 'one')).to.deep.equal({
      code: 0,
      out: 'one gets no further requests, 1 still running on it\n',
      err: '',
    });
    await agentBecomes(fleet, 'one', 'draining');
    expect(await servedBy()).to.deep.equal(new Set(['two']));
    expect((await running).status).to.equal(200);

    expect(await cli('agent', 'resume', 'one')).to.deep.equal({ code: 0, out: 'one gets requests again\n', err: '' });
    await agentBecomes(fleet, 'one', 'online');
    await eventually(async () => expect(await servedBy()).to.include('one'));
  });

  for (const { words, says } of [
    { words: ['agent', 'drain', 'nobody'], says: /nobody/ },
    { words: ['agent', 'drain'], says: /agent drain NAME/ },
    { words: ['agent', 'explode', 'one'], says: /agent drain NAME/ },
    { words: ['agents', 'drain', 'one'], says: /agent drain NAME/ },
  ]) {
    it(`answers "${words.join(' ')}" with what to do instead, and no stack`, async () => {
      const { code, err } = await cli(...words);
      expect(code).to.equal(1);
      expect(err.trim())
        .to.match(says)
        .and.not.match(/\n +at /);
    });
  }
});
