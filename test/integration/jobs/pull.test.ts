import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, type PullRecord, parseRecords, startPullFleet } from '../../support/registry/start-pull-fleet.js';

const SIZE = 2_000_000;
const ALL = ['one', 'three', 'two'];

describe('POST /api/pull over a fleet', function () {
  this.timeout(60_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({ agents: ['one', 'two', 'three'], env: { COORDINATOR_JOB_RETRY_MS: '50' } });
  });
  after(() => world?.close());
  afterEach(() => {
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
    world.registry.clearFaults();
  });

  /** Counts of each layer: the total never changes, the count never falls. */
  function checkCounts(records: readonly PullRecord[]): void {
    const seen = new Map<string, PullRecord>();
    for (const record of records) {
      if (record.digest === undefined) continue;
      const before = seen.get(record.digest);
      expect(record.total).to.equal(before?.total ?? record.total);
      expect(record.completed)
        .to.be.at.least(before?.completed ?? 0)
        .and.at.most(record.total ?? 0);
      seen.set(record.digest, record);
    }
    for (const { completed, total } of seen.values()) expect(completed).to.equal(total);
  }

  it('brings a model to one agent in the words of Ollama', async () => {
    world.registry.addSynthetic({ name: 'plain', sizeBytes: SIZE });
    world.registry.setSpeed(SIZE * 2);
    const response = await world.pull({ model: 'plain' });
    expect(response.headers.get('content-type')).to.equal('application/x-ndjson');
    const records = parseRecords(await response.text());
    expect(records[0]).to.deep.equal({ status: 'pulling manifest' });
    expect(records.slice(-3)).to.deep.equal([{ status: 'verifying sha256 digest' }, { status: 'writing manifest' }, { status: 'success' }]);
    expect(records.some(({ total }) => total === SIZE)).to.equal(true);
    checkCounts(records);
    await eventually(async () => expect(await world.holders('plain:latest')).to.have.lengthOf(1));
    const job = await world.job(response.headers.get('x-coordinator-job') ?? '');
    expect(job).to.include({ kind: 'pull', model: 'plain', state: 'completed', attempts: 1 });
  });

  it('brings it to all, with the bytes of all in one count', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'everywhere', sizeBytes: SIZE });
    world.registry.setSpeed(SIZE * 3);
    const records = await world.pullRecords({ model: 'everywhere' }, { 'x-coordinator-agents': 'all' });
    expect(records.at(-1)).to.deep.equal({ status: 'success' });
    expect(records.filter(({ digest }) => digest === layers[0]?.digest).at(-1)?.total).to.equal(SIZE * 3);
    checkCounts(records);
    await eventually(async () => expect(await world.holders('everywhere:latest')).to.deep.equal(ALL));
  });

  for (const { name, choice, agents } of [
    { name: 'so many', choice: 2, agents: 2 },
    { name: 'those that are named', choice: 'two,three', agents: ['three', 'two'] },
  ]) {
    it(`brings it to ${name}, by the body as by the header`, async () => {
      for (const [index, ask] of [{ body: { agents: choice } }, { headers: { 'x-coordinator-agents': String(choice) } }].entries()) {
        const model = `to-${String(choice).replace(',', '-')}-${index}`;
        world.registry.addSynthetic({ name: model, sizeBytes: 1000 });
        const records = await world.pullRecords({ model, ...ask.body }, ask.headers);
        expect(records.at(-1)).to.deep.equal({ status: 'success' });
        await eventually(async () => {
          const holders = await world.holders(`${model}:latest`);
          if (typeof agents === 'number') expect(holders).to.have.lengthOf(agents);
          else expect(holders).to.deep.equal(agents);
        });
      }
    });
  }

  it('answers in one piece with stream: false', async () => {
    world.registry.addSynthetic({ name: 'whole', sizeBytes: 1000 });
    const response = await world.pull({ model: 'whole', stream: false });
    expect([response.status, await response.text()]).to.deep.equal([200, '{"status":"success"}']);
    const failed = await world.pull({ model: 'nobody-has-this', stream: false });
    expect([failed.status, await failed.text()]).to.deep.equal([500, '{"error":"pull model manifest: file does not exist"}']);
  });

  it('ends in the error record that Ollama writes, after one try where another would not help', async () => {
    const response = await world.pull({ model: 'nobody-has-that' }, { 'x-coordinator-agents': 'all' });
    expect(parseRecords(await response.text())).to.deep.equal([
      { status: 'pulling manifest' },
      { error: 'pull model manifest: file does not exist' },
    ]);
    const job = await world.job(response.headers.get('x-coordinator-job') ?? '');
    expect(job).to.include({ state: 'failed', attempts: 1 });
  });

  it('tries again what may be mended', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'damaged', sizeBytes: SIZE });
    world.registry.addFault({ on: 'blob', what: layers[0]?.digest ?? '', times: 2, fault: { kind: 'corrupt' } });
    const response = await world.pull({ model: 'damaged' });
    expect(parseRecords(await response.text()).at(-1)).to.deep.equal({ status: 'success' });
    expect(await world.job(response.headers.get('x-coordinator-job') ?? '')).to.include({ state: 'completed', attempts: 3 });
  });

  it('is one job for callers that want the same, and both see its stream', async () => {
    world.registry.addSynthetic({ name: 'shared', sizeBytes: SIZE });
    world.registry.setSpeed(SIZE * 2);
    const responses = await Promise.all([
      world.pull({ model: 'shared', agents: ['one'] }),
      world.pull({ model: 'shared:latest', agents: 'one' }),
    ]);
    const [first, second] = responses.map((response) => response.headers.get('x-coordinator-job'));
    expect(first).to.equal(second);
    for (const response of responses) {
      const records = parseRecords(await response.text());
      expect(records.at(-1)).to.deep.equal({ status: 'success' });
      checkCounts(records);
    }
    expect(world.pullsAt('one').filter(({ model }) => model?.startsWith('shared'))).to.have.lengthOf(1);
  });

  for (const { name, body, survives } of [
    { name: 'goes on when its client leaves', body: {}, survives: true },
    { name: 'ends with its only client where that asked so', body: { cancel_on_leave: true }, survives: false },
  ]) {
    it(name, async () => {
      const model = survives ? 'survives' : 'ends';
      world.registry.addSynthetic({ name: model, sizeBytes: SIZE });
      world.registry.setSpeed(SIZE);
      const leaving = new AbortController();
      const response = await fetch(`${world.fleet.url}/api/pull`, {
        method: 'POST',
        body: JSON.stringify({ model, agents: 'two', ...body }),
        signal: leaving.signal,
      });
      await eventually(() => world.pullsAt('two').some((request) => request.model === model));
      leaving.abort();
      const job = await world.ended(response.headers.get('x-coordinator-job') ?? '');
      expect(job.state).to.equal(survives ? 'completed' : 'cancelled');
      await eventually(
        () => world.pullsAt('two').find((request) => request.model === model)?.end === (survives ? 'completed' : 'client-left'),
      );
    });
  }

  for (const { name, body, headers, status, says } of [
    { name: 'no body', body: '', headers: {}, status: 400, says: 'missing request body' },
    {
      name: 'a body that is no JSON',
      body: '{bad',
      headers: {},
      status: 400,
      says: "invalid character 'b' looking for beginning of object key string",
    },
    { name: 'no model', body: '{}', headers: {}, status: 400, says: 'invalid model name' },
    { name: 'a name that is none', body: '{"model":"a b"}', headers: {}, status: 400, says: 'invalid model name' },
    {
      name: 'a field of the wrong type',
      body: '{"model":"x","stream":"yes"}',
      headers: {},
      status: 400,
      says: 'json: cannot unmarshal string into Go struct field PullRequest.stream of type bool',
    },
    {
      name: 'an unknown agent',
      body: '{"model":"x","agents":"nobody"}',
      headers: {},
      status: 404,
      says: /no agent "nobody" is registered here/,
    },
    { name: 'labels that nobody has', body: '{"model":"x","agents":"gpu=none"}', headers: {}, status: 503, says: /is labelled gpu=none/ },
    {
      name: 'more agents than there are',
      body: '{"model":"x","agents":9}',
      headers: {},
      status: 503,
      says: /9 agents were asked for, but only 3/,
    },
    {
      name: 'options that conflict',
      body: '{"model":"x","agents":"one"}',
      headers: { 'x-coordinator-agents': 'two' },
      status: 400,
      says: /^conflicting options: the header/,
    },
    { name: 'a source that no agent is', body: '{"model":"x","source":"fleet"}', headers: {}, status: 404, says: /model 'x' not found/ },
  ]) {
    it(`refuses ${name} in Ollama's shape`, async () => {
      const response = await fetch(`${world.fleet.url}/api/pull`, { method: 'POST', body, headers });
      const { error } = (await response.json()) as { error: string };
      expect(response.status).to.equal(status);
      if (typeof says === 'string') expect(error).to.equal(says);
      else expect(error).to.match(says);
    });
  }
});
