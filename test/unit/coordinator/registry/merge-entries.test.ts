import { expect } from 'chai';
import { withHeartbeat } from '#coordinator/registry/agent-entry.js';
import { mergeEntries } from '#coordinator/registry/merge-entries.js';
import { buildHeartbeat } from '../../../support/build-agent.js';
import { heardAt, joiningEntry, onlineEntry } from '../../../support/build-entry.js';

describe('mergeEntries', () => {
  const known = onlineEntry();

  it('takes what was read where nothing is known, or an older start', () => {
    const read = joiningEntry('alpha', { incarnation: 2 });
    expect(mergeEntries(undefined, read, 2000)).to.equal(read);
    expect(mergeEntries(known, read, 2000)).to.equal(read);
  });

  it('keeps a newer start than the one read', () => {
    expect(mergeEntries({ ...known, incarnation: 3 }, joiningEntry('alpha', { incarnation: 2 }), 2000).incarnation).to.equal(3);
  });

  it('becomes offline with the one read, although its last heartbeat is gone from Redis', () => {
    const merged = mergeEntries(known, joiningEntry('alpha', { presence: 'offline' }), 2000);
    expect(merged).to.deep.include({ presence: 'offline', sequence: 1, heardMs: 1000 });
    expect(merged.metrics.cpu).to.equal(0.25);
  });

  it('stays online where Redis has not got its first heartbeat yet', () => {
    const merged = mergeEntries(known, joiningEntry('alpha', { operator: { weight: 5 } }), 2000);
    expect(merged).to.deep.include({ presence: 'online', sequence: 1, operator: { weight: 5 } });
  });

  it('keeps the models of a heartbeat that Redis has not got yet, whatever list Redis has', () => {
    const later = withHeartbeat(known, buildHeartbeat({ sequence: 2, models: [], models_digest: 'digest-2' }), heardAt(1500), true);
    for (const read of [joiningEntry('alpha'), onlineEntry('alpha')]) {
      const merged = mergeEntries(later, read, 2000);
      expect(merged.models).to.equal(later.models);
      expect(merged).to.deep.include({ sequence: 2, modelsDigest: 'digest-2' });
    }
  });

  it('takes the models that another replica received, where the heartbeat that names them is known already', () => {
    const named = withHeartbeat(known, buildHeartbeat({ sequence: 3, models_digest: 'digest-3', models: undefined }), heardAt(1500), false);
    const read = { ...onlineEntry('alpha'), models: new Map(), modelsDigest: 'digest-3' };
    expect(mergeEntries(named, read, 2000)).to.deep.include({ models: read.models, modelsDigest: 'digest-3' });
  });

  it('does not go back behind a heartbeat that came while it was reading', () => {
    const fresh = withHeartbeat(known, buildHeartbeat({ sequence: 7, models_digest: 'digest-7' }), heardAt(2500), true);
    const merged = mergeEntries(fresh, onlineEntry('alpha', { presence: 'offline', operator: { weight: 5 } }), 2000);
    expect(merged).to.deep.include({ presence: 'online', sequence: 7, modelsDigest: 'digest-7', heardMs: 2500, operator: { weight: 5 } });
  });

  it('takes a later heartbeat that another replica received, and keeps the watch and its load', () => {
    const load = { ...known.load, inFlightByReplica: { one: 4 } };
    const read = withHeartbeat(known, buildHeartbeat({ sequence: 3, metrics: { cpu: 0.9, gpus: [] } }), heardAt(2100), false);
    const merged = mergeEntries({ ...known, watch: 'open', load }, read, 2000);
    expect(merged).to.deep.include({ sequence: 3, watch: 'open', load, heardMs: 2100 });
    expect(merged.metrics.cpu).to.equal(0.9);
    expect(merged.models).to.equal(known.models);
  });

  it('keeps what could not be written yet', () => {
    const unsaved = { ...known, unsaved: true, operator: { weight: 9 } };
    expect(mergeEntries(unsaved, onlineEntry('alpha', { operator: { weight: 1 } }), 2000).operator).to.deep.equal({ weight: 9 });
  });
});
