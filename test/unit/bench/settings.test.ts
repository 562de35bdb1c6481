import { expect } from 'chai';
import { orderFor, readSettings, TARGETS } from '../../bench/forward/settings.js';

describe('readSettings of bench:forward', () => {
  it('measures every target in three rounds unless told otherwise', () => {
    expect(readSettings([]))
      .to.include({ rounds: 3, writeDocs: false })
      .and.to.deep.include({ hold: { each: 1000, ours: 5000 } })
      .and.to.have.deep.property('targets', [...TARGETS]);
  });
  it('keeps the targets and phases that are named', () => {
    const { targets, phases, hold } = readSettings(['--targets', 'caddy,direct', '--phases', 'json-16']);
    expect(targets).to.deep.equal(['direct', 'caddy']);
    expect(phases.map(({ name }) => name)).to.deep.equal(['json-16']);
    expect(hold).to.equal(undefined);
  });
  it('is quick by leaving out what is not judged, not by shorter streams or a single round', () => {
    const { rounds, phases } = readSettings(['--quick']);
    expect(rounds).to.equal(3);
    expect(phases.map(({ name, order }) => [name, order.stream?.records])).to.deep.equal([
      ['streams-64', 201],
      ['json-16', undefined],
    ]);
  });
  it('refuses what it does not know', () => {
    expect(() => readSettings(['--quik'])).to.throw('--quik');
    expect(() => readSettings(['--rounds', 'many'])).to.throw('--rounds must be a number above 0, not many');
    expect(() => readSettings(['--targets', 'cady'])).to.throw(
      '--targets knows direct, nginx, haproxy, caddy, coordinator, replicas, pair, not cady',
    );
    expect(() => readSettings(['--phases', 'json'])).to.throw('--phases knows');
  });
});

describe('orderFor of bench:forward', () => {
  const { phases } = readSettings([]);
  const connectionsOf = (name: string, urls: readonly string[]) =>
    phases.filter((phase) => phase.name === name).map((phase) => orderFor({ urls }, phase).connections);

  it('asks each replica as many JSON requests at a time as one coordinator', () => {
    expect(connectionsOf('json-16', ['http://one'])).to.deep.equal([16]);
    expect(connectionsOf('json-16', ['http://one', 'http://two'])).to.deep.equal([32]);
  });
  it('divides streams, whose pace is their own', () => {
    expect(connectionsOf('streams-64', ['http://one', 'http://two'])).to.deep.equal([64]);
  });
});
