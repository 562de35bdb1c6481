import { type Agent, describeSharedOllama, sharedOllamas } from '@ollama-coordinator/common';
import { expect } from 'chai';

const agent = (name: string, ollama_id?: string, status: Agent['status'] = 'online') => ({
  id: `${name}-1`,
  name,
  status,
  ...(ollama_id && { ollama_id }),
});
const names = (...agents: Parameters<typeof sharedOllamas>[0] extends Iterable<infer One> ? One[] : never) =>
  sharedOllamas(agents).map((shared) => shared.map(({ name }) => name));

describe('sharedOllamas', () => {
  it('finds agents in front of one Ollama', () =>
    expect(names(agent('a', 'x'), agent('b', 'y'), agent('c', 'x'), agent('d', 'x', 'suspect'))).to.deep.equal([['a', 'c', 'd']]));
  it('passes over those that are gone, and those that do not say', () =>
    expect(names(agent('a', 'x'), agent('b', 'x', 'offline'), agent('c'), agent('d'))).to.deep.equal([]));
  it('is a sentence that says what to do', () =>
    expect(describeSharedOllama([agent('a'), agent('b'), agent('c')])).to.equal(
      '"a", "b" and "c" stand in front of the same Ollama, and each takes its slots for its own; stop all of these agents but one',
    ));
});
