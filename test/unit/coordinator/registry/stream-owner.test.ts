import { expect } from 'chai';
import { streamOwner } from '#coordinator/registry/stream-owner.js';

const AGENTS = Array.from({ length: 900 }, (_, index) => `agent-${index}`);
const owners = (replicas: readonly string[]) => AGENTS.map((id) => streamOwner(id, replicas));
const shareOf = (replica: string, replicas: readonly string[]) => owners(replicas).filter((owner) => owner === replica).length;

describe('streamOwner', () => {
  it('is one of the replicas, the same in whatever order they are known', () => {
    expect(owners(['host-a1', 'host-b2', 'host-c3'])).to.deep.equal(owners(['host-c3', 'host-a1', 'host-b2']));
    expect(streamOwner('alpha', [])).to.equal(undefined);
    expect(owners(['only'])).to.deep.equal(AGENTS.map(() => 'only'));
  });

  it('gives each about its share', () => {
    const replicas = ['host-a1', 'host-a2', 'host-a3'];
    for (const replica of replicas) expect(shareOf(replica, replicas)).to.be.within(230, 370);
  });

  it('moves only the share of a replica that goes', () => {
    const before = owners(['a', 'b', 'c']);
    const after = owners(['a', 'b']);
    for (const [index, owner] of before.entries()) if (owner !== 'c') expect(after[index]).to.equal(owner);
  });
});
