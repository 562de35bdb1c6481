import { parseFleet } from '@ollama-coordinator/simulator';
import { expect } from 'chai';
import { ChangeError, changeFleet, type FleetChanges } from '#simulator/replay/change-fleet.js';

const machine = (name: string, models: readonly string[]) => ({ name, prefill: 1000, decode: 50, models });
const fleet = parseFleet(
  JSON.stringify({ models: ['a', 'b'].map((name) => ({ name, gb: 1 })), machines: [machine('one', ['a', 'b']), machine('two', ['a'])] }),
  'fleet.json',
);
const shape = (changes: FleetChanges) => changeFleet(fleet, changes).machines.map(({ name, models }) => `${name}: ${models.join(' ')}`);

describe('changeFleet', () => {
  const table: readonly [what: string, changes: FleetChanges, machines: readonly string[]][] = [
    ['changes nothing where nothing is asked', {}, ['one: a:latest b:latest', 'two: a:latest']],
    ['adds a machine like another', { add: 'three=two' }, ['one: a:latest b:latest', 'two: a:latest', 'three: a:latest']],
    ['adds several', { add: 'x=two, y=x' }, ['one: a:latest b:latest', 'two: a:latest', 'x: a:latest', 'y: a:latest']],
    ['leaves a machine out', { without: 'one' }, ['two: a:latest']],
    ['moves a model', { move: 'b=one:two' }, ['one: a:latest', 'two: a:latest b:latest']],
    ['copies a model', { copy: 'B:latest=two' }, ['one: a:latest b:latest', 'two: a:latest b:latest']],
    [
      'copies a model to a machine that it adds',
      { add: 'x=two', copy: 'b=x' },
      ['one: a:latest b:latest', 'two: a:latest', 'x: a:latest b:latest'],
    ],
  ];
  for (const [what, changes, machines] of table) it(what, () => expect(shape(changes)).to.deep.equal(machines));

  const refused: readonly [changes: FleetChanges, says: RegExp][] = [
    [{ add: 'x' }, /--add is written/],
    [{ add: 'x=nobody' }, /"nobody" is no machine/],
    [{ without: 'nobody' }, /"nobody"/],
    [{ without: 'one,two' }, /no machine is left/],
    [{ move: 'b=one' }, /MODEL=FROM:TO/],
    [{ move: 'b=two:one' }, /"two" has no "b:latest"/],
    [{ copy: 'c=two' }, /"c:latest" is no model/],
  ];
  for (const [changes, says] of refused) {
    it(`refuses ${JSON.stringify(changes)}`, () => expect(() => shape(changes)).to.throw(ChangeError, says));
  }
});
