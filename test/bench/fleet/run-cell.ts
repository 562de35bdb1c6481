import { type Fleet, namedBalancer, type Summary, simulate, summarise, type Trace } from '@ollama-coordinator/simulator';

export interface CellOrder {
  readonly trace: Trace;
  readonly fleet: Fleet;
  readonly seed: number;
  readonly balancers: readonly string[];
  readonly replicas: number;
  readonly sloMs: number;
}

/** One trace on one fleet with one seed, by balancer. */
export interface Cell {
  readonly trace: string;
  readonly fleet: string;
  readonly seed: number;
  readonly replicas: number;
  /** On half of the machines or more, the models on disk do not fit into VRAM together. */
  readonly modelsExceedVram: boolean;
  readonly balancers: Readonly<Record<string, Summary>>;
}

export async function runCell({ trace, fleet, seed, balancers, replicas, sloMs }: CellOrder): Promise<Cell> {
  const summaries: [string, Summary][] = [];
  for (const name of balancers) {
    const result = await simulate({ trace, fleet, seed, replicas, createBalancer: namedBalancer(name) });
    summaries.push([name, summarise(result, sloMs)]);
  }
  return {
    trace: trace.name,
    fleet: fleet.name,
    seed,
    replicas,
    modelsExceedVram: modelsExceedVram(fleet),
    balancers: Object.fromEntries(summaries),
  };
}

function modelsExceedVram({ machines, models }: Fleet): boolean {
  const exceeding = machines.filter(({ models: names, vram_gb: vramGb = Number.POSITIVE_INFINITY }) => {
    return names.reduce((sum, name) => sum + (models.get(name)?.gb ?? 0), 0) > vramGb;
  });
  return exceeding.length * 2 >= machines.length;
}
