import type { Fleet, Machine } from '../input/fleet.js';
import type { EventClock } from '../time/event-clock.js';
import { exponential, seededBy } from './seeded-by.js';
import type { SimOllama } from './sim-ollama.js';

export interface ForeignLoadDeps {
  readonly machine: Machine;
  readonly fleet: Fleet;
  readonly ollama: SimOllama;
  readonly clock: EventClock;
  readonly seed: number;
  readonly untilMs: number;
}

/** People who use a machine's Ollama directly: at random times, some model on its disk, which may throw out another. */
export function startForeignLoad({ machine, fleet, ollama, clock, seed, untilMs }: ForeignLoadDeps): void {
  const { noise } = fleet;
  if (machine.foreign_per_hour === 0) return;
  const random = seededBy(seed, 'foreign', machine.name);
  const meanGapMs = 3_600_000 / machine.foreign_per_hour;
  let atMs = 0;
  const next = () => {
    atMs += exponential(random, meanGapMs);
    if (atMs <= untilMs) clock.at(atMs, ask);
  };
  const ask = () => {
    const model = machine.models[Math.floor(random() * machine.models.length)] ?? '';
    const tokens = (mean: number) => Math.ceil(exponential(random, mean));
    const work = { inputTokens: tokens(noise.foreign_input_tokens), outputTokens: tokens(noise.foreign_output_tokens) };
    ollama.askDirectly(model, { ...work, prompt: '', factor: 1 });
    next();
  };
  next();
}
