import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { explanationSchema, settingsSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;

describe('ollama-coordinator explain, config, agents and models', function () {
  this.timeout(180_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'least-connections' },
      agents: [
        { name: 'one', ollama: OLLAMA },
        { name: 'two', ollama: OLLAMA, env: { AGENT_LABELS: 'room=lab' } },
        { name: 'bare', ollama: { models: [] } },
      ],
    });
  });
  after(() => fleet.close());

  const cli = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, [COORDINATOR, ...words, '--url', fleet.url], (_failure, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });

  it('explain shows each candidate, who is rejected and what helps, and the choice', async () => {
    const { code, out, err } = await cli('explain', 'tiny', '--num-ctx', '8192', '--prompt-tokens', '4000', '--caller', 'ann');
    expect([code, err]).to.deep.equal([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).to.match(/^chat with tiny:latest, num_ctx=8192 for ann: 4000 prompt tokens, \d+ to generate$/);
    expect(lines[1]).to.equal('decided by least-connections');
    expect(out).to.match(/^ {2}AGENT +COST +SLOT +in flight$/m);
    expect(out).to.match(/^→ (one|two) +10 s +free +10 s$/m);
    expect(out).to.match(/^bare +does not have tiny:latest +"ollama pull tiny:latest" on /m);
    expect(out).to.match(/\n\n→ (one|two): lowest cost of 2 \(10 s\), equal to 1 more\n$/);
  });
  it('explain keeps to a pin, and prints JSON when told so', async () => {
    const { code, out } = await cli('explain', 'tiny', '--pin', 'room=lab', '--json');
    expect(code).to.equal(0);
    const { choice, candidates } = explanationSchema.parse(JSON.parse(out));
    expect(choice.agent_name).to.equal('two');
    expect(candidates).to.have.lengthOf(1);
  });
  it('config shows settings, sets one for all replicas, and resets it', async () => {
    expect((await cli('config')).out)
      .to.match(/^NAME +VALUE +FROM$/m)
      .and.match(/^queue_limit ↻ +1000 +default$/m)
      .and.match(/^stall_timeout_ms ↻ +30000 ms +default$/m);
    expect(await cli('config', 'set', 'queue_limit', '12')).to.deep.equal({ code: 0, out: 'queue_limit is 12\n', err: '' });
    expect((await cli('config', 'set', 'balancers', '[{"name":"tiers"},{"name":"round-robin"}]')).code).to.equal(0);
    expect((await cli('explain', 'tiny')).out).to.include('decided by tiers + round-robin');
    expect((await cli('config')).out).to.match(/^queue_limit ↻ +12 +an operator$/m);
    expect((await cli('config', 'reset', 'balancers')).code).to.equal(0);
    expect(await cli('config', 'reset', 'queue_limit')).to.deep.equal({ code: 0, out: 'queue_limit is 1000\n', err: '' });
    const { settings } = settingsSchema.parse(JSON.parse((await cli('config', '--json')).out));
    expect(settings.some(({ source }) => source === 'runtime')).to.equal(false);
  });
  it('agents shows weight and tier', async () => {
    await fetch(`${fleet.url}/api/agents/two`, { method: 'PATCH', body: JSON.stringify({ weight: 2.5, tier: 3 }) });
    expect((await cli('agents')).out)
      .to.match(/^NAME +STATUS +IN FLIGHT +SLOTS +WEIGHT +TIER /m)
      .and.match(/^two +online +0 +1 +2.5 +3 /m);
  });

  it('models shows who has each on disk and in memory, as a table or as JSON', async () => {
    const load = { model: 'tiny', prompt: 'x', stream: false };
    await (await fleet.post('/api/generate', load, { 'x-coordinator-pin': 'two' })).text();
    await eventually(async () =>
      expect((await cli('models')).out)
        .to.match(/^NAME +DIGEST +SIZE +ON DISK +LOADED$/m)
        .and.match(/^tiny:latest +[0-9a-f]{12} +[\d.]+ \wB +one, two +two$/m),
    );
    const { models } = JSON.parse((await cli('models', '--json')).out) as {
      models: { name: string; agents: string[]; loaded: string[] }[];
    };
    expect(models.map(({ name, agents, loaded }) => ({ name, agents, loaded }))).to.deep.equal([
      { name: 'tiny:latest', agents: ['one', 'two'], loaded: ['two'] },
    ]);
  });

  for (const { words, says } of [
    { words: ['explain'], says: /explain MODEL/ },
    { words: ['explain', 'a', 'b'], says: /explain MODEL/ },
    { words: ['explain', 'tiny', '--num-ctx', 'much'], says: /--num-ctx must be a whole number/ },
    { words: ['explain', 'tiny', '--priority', 'high'], says: /priority/ },
    { words: ['models', 'tiny'], says: /"models tiny" is not a command/ },
    { words: ['agents', '--json'], says: /--json is no flag of "agents"/ },
    { words: ['config', 'set', 'port', '1'], says: /port: takes effect at a start only/ },
    { words: ['config', 'set', 'queue_limit'], says: /config set NAME VALUE/ },
    { words: ['config', 'set', 'balancers', '[{"name":"nope"}]'], says: /the balancer "nope" \(balancers\[0\]\) cannot be used/ },
    { words: ['config', 'explode'], says: /config reset NAME/ },
  ]) {
    it(`answers "${words.join(' ')}" with one sentence`, async () => {
      const { code, err } = await cli(...words);
      expect(code).to.equal(1);
      expect(err.trim()).to.match(says).and.not.include('\n');
    });
  }
});
