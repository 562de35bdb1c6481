import { type ModelReport, silentLogger, systemClock, type TransferOutcome, type TransferRequest } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { distribute, type Wanted } from '#coordinator/jobs/distribution/distribute.js';
import { createProgressBook } from '#coordinator/jobs/progress-book.js';
import { anAgent, createScriptedFleet } from '../../../../support/scripted-fleet.js';

const NEW = 'b'.repeat(64);
const OLD = 'a'.repeat(64);
const having = (digest: string) =>
  new Map<string, ModelReport>([['m:latest', { name: 'm:latest', digest, size_bytes: 10, modified_at: '2026' }]]);
const unset = { job: 'job-1', model: 'm', insecure: false, digest: undefined, isExact: false, outside: 'leader' } as const;

type Answer = (id: string, request: TransferRequest) => TransferOutcome | Promise<TransferOutcome>;
const done = (digest = NEW): TransferOutcome => ({ type: 'done', digest, size_bytes: 10 });
const failed = (code: string, message = 'no', retryable = false): TransferOutcome => ({ type: 'failed', code, message, retryable });

/** Distributes to the targets; tells every transfer as `kind target<source`, in order, and how each target ended. */
async function run(targets: readonly string[], answer: Answer, wanted: Partial<Wanted> = {}, others: Parameters<typeof anAgent>[0][] = []) {
  const agents = targets.map((id) => anAgent({ id })).filter(({ id }) => others.every((other) => other.id !== id));
  const fleet = createScriptedFleet(...agents, ...others.map(anAgent));
  const log: string[] = [];
  const atOnce = new Map<string, number>();
  let most = 0;
  const book = createProgressBook({
    progress: { layers: [], parts: targets.map((id) => ({ agent_id: id, agent: id, state: 'waiting', completed: [] })) },
    save: async () => {},
    clock: systemClock,
    log: silentLogger,
  });
  const follow = async (id: string, request: TransferRequest) => {
    const source = request.kind === 'copy' ? (request.sources[0]?.agent_id ?? '') : 'registry';
    log.push(`${request.kind} ${id}<${source}`);
    atOnce.set(source, (atOnce.get(source) ?? 0) + 1);
    most = Math.max(most, request.kind === 'copy' ? (atOnce.get(source) ?? 0) : 0);
    await new Promise(setImmediate);
    atOnce.set(source, (atOnce.get(source) ?? 1) - 1);
    return answer(id, request);
  };
  const { signal } = new AbortController();
  const deps = { fleet, book, signal, transfers: { follow }, copyToken: () => 'token', log: silentLogger };
  await distribute({ ...unset, ...wanted }, deps);
  const ends = Object.fromEntries(book.parts.map((part) => [part.agent, part.state === 'failed' ? part.error : part.state]));
  return { log, ends, most };
}

describe('distribute', () => {
  const eight = Array.from({ length: 8 }, (_, index) => `a${index}`);

  it('fetches once from outside, and copies from agent to agent, two at a time each', async () => {
    const { log, ends, most } = await run(eight, () => done());
    expect(log.filter((line) => line.startsWith('pull'))).to.have.lengthOf(1);
    expect(log.filter((line) => line.startsWith('copy'))).to.have.lengthOf(7);
    expect(new Set(log.map((line) => line.split('<')[1])).size).to.be.above(2);
    expect(most).to.equal(2);
    expect(new Set(Object.values(ends))).to.deep.equal(new Set(['completed']));
  });

  it('has another one fetch it where the first fails, and names the one that failed', async () => {
    const { log, ends } = await run(['a', 'b', 'c'], (id) => (id === 'a' ? failed('PULL_FAILED', 'disk died') : done()));
    expect(log).to.deep.equal(['pull a<registry', 'pull b<registry', 'copy c<b']);
    expect(ends).to.deep.equal({ a: 'disk died', b: 'completed', c: 'completed' });
  });

  it('asks the registry once about a name that it does not have', async () => {
    const sentence = 'pull model manifest: file does not exist';
    const { log, ends } = await run(['a', 'b'], () => failed('PULL_REFUSED', sentence));
    expect(log).to.deep.equal(['pull a<registry']);
    expect(ends).to.deep.equal({ a: sentence, b: sentence });
  });

  it('copies what was made in the fleet, and no registry has, to those that lack it', async () => {
    const answer: Answer = (_, { kind }) =>
      kind === 'pull' ? failed('PULL_REFUSED', 'pull model manifest: file does not exist') : done(OLD);
    const { log, ends } = await run(['a', 'b', 'x'], answer, {}, [{ id: 'x', models: having(OLD) }]);
    expect(log).to.deep.equal(['pull x<registry', 'copy a<x', 'copy b<x']);
    expect(ends).to.deep.equal({ a: 'completed', b: 'completed', x: 'completed' });
    const outside = await run(['a'], answer, {}, [{ id: 'x', models: having(OLD) }]);
    expect(outside.log.at(-1)).to.equal('copy a<x');
    expect(outside.ends).to.deep.equal({ a: 'completed' });
  });

  it('says as Ollama does that no registry has it, where all targets have it already', async () => {
    const sentence = 'pull model manifest: file does not exist';
    const { ends } = await run(['x'], () => failed('PULL_REFUSED', sentence), {}, [{ id: 'x', models: having(OLD) }]);
    expect(ends).to.deep.equal({ x: sentence });
  });

  it('takes another source where one fails, and fetches anew where none is left', async () => {
    const { log, ends } = await run(['a', 'b', 'c'], (id, { kind }) =>
      kind === 'copy' && id === 'b' ? failed('COPY_SOURCE_FAILED') : done(),
    );
    expect(log.filter((line) => line.includes(' b<'))).to.deep.equal(['copy b<a', 'copy b<c', 'pull b<registry']);
    expect(ends).to.deep.equal({ a: 'completed', b: 'completed', c: 'completed' });
  });

  it('has a target that can take no copy fetch it itself', async () => {
    const { log } = await run(['a', 'b', 'c'], (id, { kind }) => (kind === 'copy' && id === 'c' ? failed('COPY_UNAVAILABLE') : done()));
    expect(log).to.deep.equal(['pull a<registry', 'copy b<a', 'copy c<a', 'pull c<registry']);
  });

  it('brings over what another agent has before it asks the registry', async () => {
    const { log } = await run(['a'], (_, { kind }) => done(kind === 'copy' ? OLD : NEW), {}, [{ id: 'x', models: having(OLD) }]);
    expect(log).to.deep.equal(['copy a<x', 'pull a<registry']);
  });

  it('leaves alone who has it already, once it is known what that is', async () => {
    const { log, ends } = await run(['a', 'b', 'c'], () => done(), {}, [
      { id: 'a', models: having(OLD) },
      { id: 'c', models: having(NEW) },
    ]);
    expect(log).to.deep.equal(['pull a<registry', 'copy b<c']);
    expect(ends).to.deep.equal({ a: 'completed', b: 'completed', c: 'completed' });
  });

  it('asks nothing of the registry where only agents may hand it over', async () => {
    const wanted = { digest: OLD, outside: 'never' } as const;
    const holder = { id: 'x', models: having(OLD) };
    expect((await run(['a', 'b', 'x'], () => done(OLD), wanted, [holder])).log).to.deep.equal(['copy a<x', 'copy b<x']);
    const { log, ends } = await run(['a'], () => failed('COPY_SOURCE_FAILED', 'x has no such blob'), wanted, [holder]);
    expect(log).to.deep.equal(['copy a<x']);
    expect(ends).to.deep.equal({ a: 'no other agent could hand "m" over: x has no such blob' });
    expect((await run(['a'], () => done(), wanted)).ends).to.deep.equal({ a: 'no other agent could hand "m" over' });
  });

  it('does not take another digest from the registry for the one that all are to have', async () => {
    const wanted = { digest: OLD, isExact: true } as const;
    const { ends } = await run(['a'], (_, { kind }) => (kind === 'copy' ? failed('COPY_UNAVAILABLE') : done(NEW)), wanted, [
      { id: 'x', models: having(OLD) },
    ]);
    expect(ends.a).to.match(/the registry has "m" with digest bbbbbbbbbbbb, not the wanted one/);
  });

  it('lets each fetch it where that is asked for', async () => {
    const { log } = await run(['a', 'b'], () => done(), { outside: 'each' });
    expect(log).to.deep.equal(['pull a<registry', 'pull b<registry']);
  });

  it('sends nothing to an agent whose disk is known to be too small', async () => {
    const full = { id: 'a', metrics: { gpus: [], disk_free_bytes: 5 } };
    const { log, ends } = await run(['a', 'b'], () => done(), {}, [full, { id: 'x', models: having(NEW) }]);
    expect(log).to.deep.equal(['copy b<x', 'pull b<registry']);
    expect(ends.a).to.match(/^not enough disk: "m" needs 10 B more, and the models folder of agent "a" has 5 B free/);
  });
});
