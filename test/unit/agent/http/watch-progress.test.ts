import type { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { watchProgress } from '#agent/http/watch-progress.js';

describe('watchProgress', () => {
  it('sees bytes on any open connection since it was asked last', () => {
    const one = { bytesRead: 10 };
    const other = { bytesRead: 0 };
    const pool: { sockets: Record<string, unknown[]> } = { sockets: { 'a:1:': [one, other] } };
    const hasProgressed = watchProgress(pool as unknown as Pick<Agent, 'sockets'> & { sockets: Record<string, Socket[]> });
    expect(hasProgressed()).to.equal(true);
    expect(hasProgressed()).to.equal(false);
    other.bytesRead = 1;
    expect(hasProgressed()).to.equal(true);
    pool.sockets = {};
    expect(hasProgressed()).to.equal(false);
  });
});
