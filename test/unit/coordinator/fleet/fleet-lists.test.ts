import type { ModelReport, RunnerReport } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createFleetLists } from '#coordinator/fleet/fleet-lists.js';
import type { Alias } from '#coordinator/routing/aliases.js';
import { anAgent, createScriptedFleet } from '../../../support/scripted-fleet.js';

const NONE: readonly Alias[] = [];
const NOW_MS = Date.UTC(2026, 0, 2);
const clock = { now: () => NOW_MS };

function aModel(over: Partial<ModelReport> & { name: string }): ModelReport {
  return { digest: 'd1', size_bytes: 10, modified_at: '2026-01-01T00:00:00Z', details: { family: 'llama' }, ...over };
}

function aRunner(over: Partial<RunnerReport>): RunnerReport {
  return {
    model: 'm:latest',
    signature: 'm:latest',
    digest: 'd1',
    state: 'ready',
    slots: 1,
    in_flight: 0,
    size_bytes: 7,
    vram_bytes: 5,
    ...over,
  };
}

const having = (id: string, ...models: ModelReport[]) =>
  anAgent({ id, models: new Map(models.map((model) => [model.name.toLowerCase(), model])) });

function listsOf(...agents: Parameters<typeof createScriptedFleet>) {
  const fleet = createScriptedFleet(...agents);
  const lists = createFleetLists({ fleet, clock });
  const read = (body: Buffer) => JSON.parse(body.toString()) as { models: Record<string, unknown>[] };
  return {
    fleet,
    lists,
    tags: (detail = false, aliases: readonly Alias[] = NONE) => read(lists.tags(detail, aliases)).models,
    ps: (detail = false) => read(lists.runners(detail)).models,
  };
}

describe('createFleetLists', () => {
  it('lists each model once, with the fields of Ollama and no others, the one modified last first', () => {
    const { tags } = listsOf(
      having('a', aModel({ name: 'M:latest' }), aModel({ name: 'old:1b', modified_at: '2025-01-01T00:00:00Z' })),
      having(
        'b',
        aModel({ name: 'M:latest' }),
        aModel({ name: 'new:1b', modified_at: '2026-01-01T02:00:00+01:00', capabilities: ['tools'] }),
      ),
    );
    expect(tags().map(({ name }) => name)).to.deep.equal(['new:1b', 'M:latest', 'old:1b']);
    expect(Object.keys(tags()[0] ?? {})).to.deep.equal(['name', 'model', 'modified_at', 'size', 'digest', 'details', 'capabilities']);
    expect(Object.keys(tags()[1] ?? {})).to.deep.equal(['name', 'model', 'modified_at', 'size', 'digest', 'details']);
  });

  it('shows the newest of several digests, and all of them with their holders on request', () => {
    const { tags } = listsOf(
      having('a', aModel({ name: 'm:latest', digest: 'old', modified_at: '2025-01-01T00:00:00Z' })),
      having('b', aModel({ name: 'm:latest', digest: 'new', modified_at: '2026-01-01T00:00:00Z' })),
      having('c', aModel({ name: 'm:latest', digest: 'old', modified_at: '2025-06-01T00:00:00Z' })),
    );
    expect(tags()[0]).to.include({ digest: 'new' });
    const [model] = tags(true);
    expect(model).to.deep.include({ digest: 'new', agents: ['b'] });
    const variants = model?.variants as { digest: string; chosen: boolean; agents: string[] }[];
    expect(variants.map(({ digest, chosen, agents }) => ({ digest, chosen, agents }))).to.deep.equal([
      { digest: 'new', chosen: true, agents: ['b'] },
      { digest: 'old', chosen: false, agents: ['a', 'c'] },
    ]);
  });

  it('follows the fleet: what comes, goes, and goes offline', () => {
    const { fleet, tags, lists } = listsOf(having('a', aModel({ name: 'm:latest' })));
    expect(tags()).to.have.lengthOf(1);
    fleet.put(having('b', aModel({ name: 'n:latest' })));
    expect(tags().map(({ name }) => name)).to.deep.equal(['m:latest', 'n:latest']);
    fleet.put({ ...having('a', aModel({ name: 'm:latest' })), status: 'offline' });
    expect(tags().map(({ name }) => name)).to.deep.equal(['n:latest']);
    expect(lists.openaiModel('m', undefined)).to.equal(undefined);
    fleet.remove('b');
    expect(tags()).to.deep.equal([]);
  });

  it('makes no list again while nothing of it changed', () => {
    const one = having('a', aModel({ name: 'm:latest' }));
    const { fleet, lists } = listsOf(one);
    const [tags, openai, runners] = [lists.tags(false, NONE), lists.openaiModels(NONE), lists.runners(false)];
    fleet.put({ ...one, metrics: { cpu: 0.9, gpus: [] } });
    expect(
      [lists.tags(false, NONE), lists.openaiModels(NONE), lists.runners(false)].map(
        (body, index) => body === [tags, openai, runners][index],
      ),
    ).to.deep.equal([true, true, true]);
  });

  it('lists models as OpenAI does', () => {
    const { lists } = listsOf(having('a', aModel({ name: 'm:latest' }), aModel({ name: 'mike/m:latest' })));
    expect(JSON.parse(lists.openaiModels(NONE).toString())).to.deep.equal({
      object: 'list',
      data: [
        { id: 'm:latest', object: 'model', created: Date.UTC(2026, 0, 1) / 1000, owned_by: 'library' },
        { id: 'mike/m:latest', object: 'model', created: Date.UTC(2026, 0, 1) / 1000, owned_by: 'mike' },
      ],
    });
    expect(lists.openaiModel('M', undefined)).to.include({ id: 'M' });
  });

  it('shows each alias as the first of its models that is there, in the place of a model of its name', () => {
    const { fleet, lists, tags } = listsOf(
      having('a', aModel({ name: 'first:latest', digest: 'd-first' }), aModel({ name: 'gpt-4o:latest' })),
      having('b', aModel({ name: 'second:latest', digest: 'd-second' })),
    );
    const aliases = [
      { name: 'gpt-4o', models: ['First', 'second'] },
      { name: 'nothing', models: ['nowhere'] },
    ];
    expect(tags(false, aliases).map(({ name, digest }) => [name, digest])).to.deep.equal([
      ['first:latest', 'd-first'],
      ['gpt-4o', 'd-first'],
      ['second:latest', 'd-second'],
    ]);
    expect(lists.openaiModels(aliases).toString()).to.contain('"id":"gpt-4o"');
    expect(lists.openaiModel('gpt-4o', aliases[0])).to.include({ id: 'gpt-4o' });
    fleet.remove('a');
    expect(tags(true, aliases)[0]).to.deep.include({
      name: 'gpt-4o',
      digest: 'd-second',
      agents: ['b'],
      alias: { stands_for: 'second', models: ['First', 'second'] },
    });
    expect(lists.openaiModel('nothing', aliases[1])).to.equal(undefined);
  });

  it('shows a model that several agents hold once, with the runner that is kept longest, and all runners on request', () => {
    const one = {
      ...having('a', aModel({ name: 'M:latest' })),
      runners: [aRunner({ expires_at: '2026-01-02T00:01:00Z', context_length: 4096 })],
    };
    const other = {
      ...having('b', aModel({ name: 'M:latest' })),
      runners: [aRunner({ expires_at: '2026-01-02T00:03:00Z', size_bytes: 8 })],
    };
    const { ps } = listsOf(one, other);
    expect(ps()).to.deep.equal([
      {
        name: 'M:latest',
        model: 'M:latest',
        size: 8,
        digest: 'd1',
        details: { family: 'llama' },
        expires_at: '2026-01-02T00:03:00Z',
        size_vram: 5,
      },
    ]);
    const agents = ps(true)[0]?.agents as { name: string; context_length?: number }[];
    expect(agents.map(({ name, context_length }) => [name, context_length])).to.deep.equal([
      ['b', undefined],
      ['a', 4096],
    ]);
  });

  it('leaves out what is still loading, and guesses an end that was not told', () => {
    const { ps } = listsOf({ ...having('a'), runners: [aRunner({}), aRunner({ model: 'n:latest', state: 'loading' })] });
    expect(ps().map(({ name, expires_at }) => [name, expires_at])).to.deep.equal([['m:latest', '2026-01-02T00:05:00.000Z']]);
  });

  it('names the oldest version that may answer', () => {
    const version = (...versions: string[]) =>
      listsOf(...versions.map((ollamaVersion, id) => anAgent({ id: `${id}`, ollamaVersion }))).lists.version();
    expect(version('0.32.15', '0.9.6', '')).to.equal('0.9.6');
    expect(version()).to.equal('0.0.0');
  });
});
