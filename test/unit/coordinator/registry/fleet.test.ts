import { silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { createFleet } from '#coordinator/registry/create-fleet.js';
import type { FleetDiff, FleetSnapshot } from '#coordinator/registry/fleet-snapshot.js';
import { LayeredMap } from '#coordinator/registry/layered-map.js';
import { onlineEntry } from '../../../support/build-entry.js';
import { eventually } from '../../../support/eventually.js';

describe('createFleet', () => {
  it('makes one snapshot of the changes of one turn, and tells what changed', async () => {
    const fleet = createFleet(silentLogger);
    const heard: { snapshot: FleetSnapshot; diff: FleetDiff }[] = [];
    fleet.onChange((snapshot, diff) => heard.push({ snapshot, diff }));
    fleet.put(onlineEntry('a'));
    fleet.put(onlineEntry('b'));
    fleet.put(onlineEntry('b', { heardMs: 5 }));
    expect(fleet.snapshot().agents.size).to.equal(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.map(({ diff }) => diff.changed.map(({ id }) => id))).to.deep.equal([['a', 'b']]);
    expect(heard[0]?.snapshot).to.equal(fleet.snapshot());
  });

  it('lets figures wait for the next change, or for a moment', async () => {
    const fleet = createFleet(silentLogger);
    const heard: string[][] = [];
    fleet.onChange((_snapshot, { changed }) => heard.push(changed.map(({ id }) => id)));
    fleet.putSoon(onlineEntry('a'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).to.deep.equal([]);
    fleet.put(onlineEntry('b'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).to.deep.equal([['a', 'b']]);
    fleet.putSoon(onlineEntry('a', { heardMs: 5 }));
    await eventually(() => expect(heard).to.deep.equal([['a', 'b'], ['a']]));
  });

  it('leaves earlier snapshots, and the records of other agents, as they were', () => {
    const fleet = createFleet(silentLogger);
    fleet.put(onlineEntry('a'));
    fleet.put(onlineEntry('b'));
    fleet.publish();
    const before = fleet.snapshot();
    const [a, b] = [before.agents.get('a'), before.agents.get('b')];
    fleet.put(onlineEntry('a', { metrics: { cpu: 0.9, gpus: [] } }));
    fleet.remove('b');
    fleet.publish();
    const after = fleet.snapshot();
    expect([before.agents.get('a'), before.agents.get('b'), before.agents.size]).to.deep.equal([a, b, 2]);
    expect([...after.agents.keys()]).to.deep.equal(['a']);
    expect(after.version).to.equal(before.version + 1);
    fleet.put(onlineEntry('b'));
    fleet.publish();
    expect(fleet.snapshot().agents.get('a')).to.equal(after.agents.get('a'));
  });

  it('finds agents by model, whatever their status, as of each snapshot', () => {
    const fleet = createFleet(silentLogger);
    const models = (...names: string[]) => new Map(names.map((name) => [name, { name, digest: '', size_bytes: 0, modified_at: '' }]));
    const idsOf = (snapshot: FleetSnapshot) =>
      Object.fromEntries([...snapshot.agentsByModel].map(([model, agents]) => [model, agents.map(({ id }) => id).sort()]));
    fleet.put(onlineEntry('a', { models: models('x', 'y') }));
    fleet.put(onlineEntry('b', { models: models('y'), presence: 'offline' }));
    fleet.publish();
    const first = fleet.snapshot();
    fleet.put(onlineEntry('a', { models: models('z') }));
    fleet.publish();
    const second = fleet.snapshot();
    fleet.remove('b');
    fleet.publish();
    expect(idsOf(first)).to.deep.equal({ x: ['a'], y: ['a', 'b'] });
    expect(idsOf(second)).to.deep.equal({ y: ['b'], z: ['a'] });
    expect(idsOf(fleet.snapshot())).to.deep.equal({ z: ['a'] });
    expect([first.agentsByModel.has('z'), first.agentsByModel.get('none'), first.agentsByModel.size]).to.deep.equal([false, undefined, 2]);
  });

  it('goes on when a listener throws', () => {
    const fleet = createFleet(silentLogger);
    let heard = 0;
    fleet.onChange(() => {
      throw new Error('of the test');
    });
    fleet.onChange(() => {
      heard += 1;
    });
    fleet.put(onlineEntry());
    fleet.publish();
    expect(heard).to.equal(1);
  });
});

describe('LayeredMap', () => {
  it('holds what a map does after any changes, and stays as it was', () => {
    const changes = fc.array(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.option(fc.integer(), { nil: undefined })), { maxLength: 40 }),
    );
    fc.assert(
      fc.property(changes, (steps) => {
        let layered = LayeredMap.empty<number, { value: number }>();
        const plain = new Map<number, { value: number }>();
        for (const step of steps) {
          const before = [...layered];
          const parent = layered;
          const batch = new Map(step.map(([key, value]) => [key, value === undefined ? undefined : { value }]));
          layered = layered.with(batch);
          for (const [key, value] of batch) value === undefined ? plain.delete(key) : plain.set(key, value);
          expect([...parent]).to.deep.equal(before);
        }
        expect(layered.size).to.equal(plain.size);
        expect(new Map(layered)).to.deep.equal(plain);
        for (const [key, value] of plain) expect(layered.get(key)).to.equal(value);
      }),
    );
  });
});
