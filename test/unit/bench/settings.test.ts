import { expect } from 'chai';
import { readSettings, TARGETS } from '../../bench/forward/settings.js';

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
  it('refuses what it does not know', () => {
    expect(() => readSettings(['--quik'])).to.throw('--quik');
    expect(() => readSettings(['--rounds', 'many'])).to.throw('--rounds must be a number above 0, not many');
    expect(() => readSettings(['--targets', 'cady'])).to.throw(
      '--targets knows direct, nginx, haproxy, caddy, coordinator, replicas, not cady',
    );
    expect(() => readSettings(['--phases', 'json'])).to.throw('--phases knows');
  });
});
