import { InputError, parseFleet } from '@ollama-coordinator/simulator';
import { expect } from 'chai';

const MODEL = { name: 'llama3', gb: 5 };
const MACHINE = { name: 'desk', prefill: 1000, decode: 50 };
const text = (fleet: unknown) => JSON.stringify(fleet, undefined, 2);
const parse = (fleet: unknown) => parseFleet(text(fleet), 'fleet.json');

describe('parseFleet', () => {
  it('needs little, and fills in the rest', () => {
    const fleet = parse({ models: [MODEL], machines: [MACHINE] });
    expect(fleet.models.get('llama3:latest')).to.include({ gb: 5, load_s: 5, speed: 1 });
    expect(fleet.machines[0]).to.deep.include({ slots: 1, disk: 1, models: ['llama3:latest'], foreign_per_hour: 3 });
    expect(fleet.noise).to.include({ speed: 0.2, drift: 0.1 });
  });

  it('passes over fields that it does not know', () => {
    expect(parse({ models: [{ ...MODEL, license: 'MIT' }], machines: [{ ...MACHINE, gpu: 'RTX' }], comment: 'mine' }).name).to.equal(
      'fleet.json',
    );
  });

  it('knows that larger models are slower, whichever way their factor is meant', () => {
    const speeds = (...factors: number[]) =>
      [
        ...parse({
          models: factors.map((factor, index) => ({ name: `m${index}`, gb: 2 + 10 * index, factor })),
          machines: [MACHINE],
        }).models.values(),
      ].map(({ speed }) => speed);
    expect(speeds(0.5, 2)).to.deep.equal([2, 0.5]);
    expect(speeds(2, 0.5)).to.deep.equal([2, 0.5]);
    expect(speeds(1, 1)).to.deep.equal([1, 1]);
    expect(parse({ models: [MODEL], machines: [MACHINE], factor_is: 'speed' }).factorIs).to.equal('speed');
  });

  it('is quiet without noise', () => {
    const fleet = parse({ models: [MODEL], machines: [MACHINE, { ...MACHINE, name: 'b', foreign_per_hour: 7 }], noise: false });
    expect(fleet.noise).to.include({ speed: 0, request: 0, drift: 0, load: 0 });
    expect(fleet.machines.map(({ foreign_per_hour }) => foreign_per_hour)).to.deep.equal([0, 7]);
  });

  const models = [MODEL];
  const machines = [MACHINE];
  const bad: readonly [what: string, fleet: unknown, field: string, says: RegExp][] = [
    ['no models', { machines }, 'models', /expected array/i],
    ['an empty list of machines', { models, machines: [] }, 'machines', /1/],
    ['a model without a size', { models: [{ name: 'a' }], machines }, 'models[0].gb', /expected number/i],
    ['a size of 0', { models: [{ name: 'a', gb: 0 }], machines }, 'models[0].gb', />0/],
    ['a size as text', { models: [{ name: 'a', gb: '4' }], machines }, 'models[0].gb', /expected number/i],
    ['a factor below 0', { models: [{ ...MODEL, factor: -1 }], machines }, 'models[0].factor', />0/],
    ['a model named twice', { models: [MODEL, { name: 'LLAMA3:latest', gb: 1 }], machines }, 'models[1].name', /twice/],
    ['a machine named twice', { models, machines: [MACHINE, MACHINE] }, 'machines[1].name', /twice/],
    ['a machine without a name', { models, machines: [{ prefill: 1, decode: 1 }] }, 'machines[0].name', /expected string/i],
    ['no decode speed', { models, machines: [{ name: 'a', prefill: 1 }] }, 'machines[0].decode', /expected number/i],
    ['half a slot', { models, machines: [{ ...MACHINE, slots: 1.5 }] }, 'machines[0].slots', /int/i],
    ['no slot', { models, machines: [{ ...MACHINE, slots: 0 }] }, 'machines[0].slots', />0/],
    ['VRAM below 0', { models, machines: [{ ...MACHINE, vram_gb: -8 }] }, 'machines[0].vram_gb', />0/],
    [
      'a model that is not there',
      { models, machines: [{ ...MACHINE, models: ['llama3', 'qwen'] }] },
      'machines[0].models[1]',
      /none of the fleet's models/,
    ],
    ['noise of another kind', { models, machines, noise: { sped: 0.1 } }, 'noise', /sped/],
    ['too much noise', { models, machines, noise: { speed: 2 } }, 'noise.speed', /0\.9/],
    ['a list', [], '', /expected object/i],
  ];
  for (const [what, fleet, field, says] of bad) {
    it(`refuses ${what}, naming line and field`, () => {
      const error = errorOf(() => parse(fleet));
      expect(error.message)
        .to.match(says)
        .and.to.match(/^fleet\.json, line \d+/);
      expect(error.place.field ?? '').to.equal(field);
      const last =
        field
          .split(/[.[\]]+/)
          .filter((part) => part !== '' && Number.isNaN(Number(part)))
          .at(-1) ?? '';
      const named = text(fleet).split('\n').slice(0, error.place.line).join('\n');
      if (named.includes(last)) expect(text(fleet).split('\n')[error.place.line - 1] ?? '', 'the line that is named').to.be.a('string');
    });
  }

  it('names the line on which the value stands', () => {
    const lines = text({ models, machines: [MACHINE, { ...MACHINE, name: 'b', slots: 0 }] }).split('\n');
    const error = errorOf(() => parseFleet(lines.join('\n'), 'f'));
    expect(lines[error.place.line - 1]).to.include('"slots": 0');
  });

  it('names the line at which a text stops being JSON', () => {
    expect(errorOf(() => parseFleet('{\n  "models": [\n  oops\n]}', 'f')).place.line).to.equal(3);
    expect(errorOf(() => parseFleet('{\n  "models": [', 'f')).message).to.match(/is not JSON/);
  });
});

function errorOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
