import type { Fleet } from './fleet.js';
import { type FleetFile, type FleetModel, fleetSchema } from './fleet-schema.js';
import { InputError } from './input-error.js';
import { jsonErrorAt } from './json-error.js';
import { lineAt, lineOfPath } from './locate-json.js';

/** A disk that loads a gigabyte per second. */
const GB_PER_S = 1;

type Path = readonly PropertyKey[];
type Fail = (path: Path, reason: string) => never;

/** Reads a fleet; see fleet-schema.ts for the fields. Unknown fields of models and machines are passed over. Throws InputError. */
export function parseFleet(text: string, file: string): Fleet {
  const value = parseJson(text, file);
  const fail: Fail = (path, reason) => {
    throw new InputError({ file, line: lineOfPath(text, path), field: pathText(path) }, reason);
  };
  const parsed = fleetSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(issue?.path ?? [], issue?.message ?? 'is not valid');
  }
  checkNames(parsed.data, fail);
  return complete(parsed.data, file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError({ file, line: lineAt(text, jsonErrorAt(text.replace(/^\uFEFF/, '')) ?? text.length) }, `is not JSON: ${message}`);
  }
}

function checkNames({ models, machines }: FleetFile, fail: Fail): void {
  const names = models.map(({ name }) => name);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) fail(['models', index, 'name'], `"${name}" is named twice`);
  });
  machines.forEach((machine, index) => {
    if (machines.findIndex(({ name }) => name === machine.name) !== index)
      fail(['machines', index, 'name'], `"${machine.name}" is named twice`);
    machine.models?.forEach((name, at) => {
      if (!names.includes(name)) fail(['machines', index, 'models', at], `"${name}" is none of the fleet's models (${names.join(', ')})`);
    });
  });
}

function complete({ models, machines, factor_is, ...rest }: FleetFile, file: string): Fleet {
  const factorIs = factor_is === 'auto' ? readFactor(models) : factor_is;
  const names = models.map(({ name }) => name);
  return {
    ...rest,
    name: file,
    factorIs,
    models: new Map(
      models.map(({ factor, load_s, ...model }) => [
        model.name,
        { ...model, load_s: load_s ?? model.gb / GB_PER_S, speed: factorIs === 'speed' ? factor : 1 / factor },
      ]),
    ),
    machines: machines.map((machine) => ({
      ...machine,
      models: [...new Set(machine.models ?? names)],
      foreign_per_hour: machine.foreign_per_hour ?? rest.noise.foreign_per_hour,
    })),
  };
}

/** Larger models are slower: a factor that falls with the gigabytes is a speed, one that grows with them is a cost. */
function readFactor(models: readonly FleetModel[]): 'cost' | 'speed' {
  const mean = (read: (model: FleetModel) => number) => models.reduce((sum, model) => sum + read(model), 0) / models.length;
  const logGb = ({ gb }: FleetModel) => Math.log(gb);
  const logFactor = ({ factor }: FleetModel) => Math.log(factor);
  const [meanGb, meanFactor] = [mean(logGb), mean(logFactor)];
  return mean((model) => (logGb(model) - meanGb) * (logFactor(model) - meanFactor)) < 0 ? 'speed' : 'cost';
}

/** `machines[2].models[0]`; the whole file where the path is empty. */
function pathText(path: Path): string | undefined {
  if (path.length === 0) return undefined;
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}
