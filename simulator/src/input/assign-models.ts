import type { Random } from '@ollama-coordinator/common';
import type { Fleet } from './fleet.js';
import { InputError } from './input-error.js';
import type { Trace, TraceRequest } from './trace.js';

/** A request of which everything is known. */
export interface Arrival extends TraceRequest {
  readonly id: string;
  readonly model: string;
}

/**
 * Gives each request a model. One that names a model keeps it, `#2` is the fleet's second; the others draw from the fleet's models in the order of the
 * file with Zipf's weights, 1 for the first, 1/2 for the second, 1/3 … Only models that some machine has are drawn. Throws
 * InputError where the trace names a model that no machine has.
 */
export function assignModels(trace: Trace, fleet: Fleet, random: Random): readonly Arrival[] {
  const held = new Set(fleet.machines.flatMap(({ models }) => models));
  const drawn = [...fleet.models.keys()].filter((name) => held.has(name));
  return trace.requests.map((request, index) => {
    const model = request.model === undefined ? draw(drawn, random) : byRank(request.model, drawn);
    if (!held.has(model)) {
      const place = { file: trace.name, line: request.line, field: 'model' };
      throw new InputError(place, `no machine of ${fleet.name} has "${model}"; it has ${[...held].join(', ')}`);
    }
    return { ...request, id: `request-${index + 1}`, model };
  });
}

/** `#2` is the second of the models, so that one trace suits many fleets; where they are fewer it starts over. */
function byRank(model: string, names: readonly string[]): string {
  const rank = /^#([1-9]\d*)(?::latest)?$/.exec(model)?.[1];
  return rank === undefined ? model : (names[(Number(rank) - 1) % names.length] ?? model);
}

function draw(names: readonly string[], random: Random): string {
  const weights = names.map((_, rank) => 1 / (rank + 1));
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return names[index] ?? '';
  }
  return names.at(-1) ?? '';
}
