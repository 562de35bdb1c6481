import { normalizeModelName } from '@ollama-coordinator/common';
import type { Fleet, Machine } from '../input/fleet.js';

/** What is to be different from the fleet as it is; each as the command line has it. */
export interface FleetChanges {
  /** `new=like`: one more machine, as another one. */
  readonly add?: string | undefined;
  /** `name,name`: machines that are not there. */
  readonly without?: string | undefined;
  /** `model=from:to`: a model on another machine's disk. */
  readonly move?: string | undefined;
  /** `model=to`: a model on one more machine's disk. */
  readonly copy?: string | undefined;
}

/** A change that cannot be made; the message says why. */
export class ChangeError extends Error {
  override readonly name = 'ChangeError';
}

/** The fleet after the changes, several of a kind between commas. Throws ChangeError. Pure. */
export function changeFleet(fleet: Fleet, { add, without, move, copy }: FleetChanges): Fleet {
  let machines = fleet.machines;
  for (const [name, like] of pairs('--add', add)) machines = [...machines, { ...find(machines, like), name }];
  for (const name of list(without)) {
    find(machines, name);
    machines = machines.filter((machine) => machine.name !== name);
  }
  for (const [model, path] of pairs('--move', move)) {
    const [from = '', to = ''] =
      path.split(':').length === 2 ? path.split(':') : fail(`--move is written MODEL=FROM:TO, not ${model}=${path}`);
    machines = withModel(withoutModel(machines, from, model), to, known(fleet, model));
  }
  for (const [model, to] of pairs('--copy', copy)) machines = withModel(machines, to, known(fleet, model));
  if (machines.length === 0) fail('no machine is left');
  return { ...fleet, machines };
}

function withModel(machines: readonly Machine[], name: string, model: string): readonly Machine[] {
  const machine = find(machines, name);
  return replace(machines, { ...machine, models: [...new Set([...machine.models, model])] });
}

function withoutModel(machines: readonly Machine[], name: string, model: string): readonly Machine[] {
  const machine = find(machines, name);
  const wanted = normalizeModelName(model);
  if (!machine.models.includes(wanted)) fail(`"${name}" has no "${wanted}"`);
  return replace(machines, { ...machine, models: machine.models.filter((one) => one !== wanted) });
}

function replace(machines: readonly Machine[], changed: Machine): readonly Machine[] {
  return machines.map((machine) => (machine.name === changed.name ? changed : machine));
}

function find(machines: readonly Machine[], name: string): Machine {
  return (
    machines.find((machine) => machine.name === name) ??
    fail(`"${name}" is no machine; there are ${machines.map((one) => one.name).join(', ')}`)
  );
}

function known({ models }: Fleet, name: string): string {
  const model = normalizeModelName(name);
  return models.has(model) ? model : fail(`"${model}" is no model of the fleet; it has ${[...models.keys()].join(', ')}`);
}

function list(text = ''): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function pairs(flag: string, text: string | undefined): readonly (readonly [string, string])[] {
  return list(text).map((part) => {
    const at = part.indexOf('=');
    if (at <= 0 || at === part.length - 1) fail(`${flag} is written NAME=VALUE, not "${part}"`);
    return [part.slice(0, at), part.slice(at + 1)];
  });
}

function fail(reason: string): never {
  throw new ChangeError(reason);
}
