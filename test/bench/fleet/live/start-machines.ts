import { createTruth, type Fleet, type MachineTruth } from '@ollama-coordinator/simulator';
import { type SimulatedOllama, type SimulatedOllamaOptions, startSimulatedOllama } from '../../../support/simulated-ollama/index.js';
import { answerLength } from './chat-of.js';

export interface MachinesOrder {
  readonly fleet: Fleet;
  readonly seed: number;
  /** Machines go so many times as fast as the fleet's file says. */
  readonly speedUp: number;
}

const CONTEXT = 65_536;
const CHARS_PER_TOKEN = 4;

/** A simulated Ollama for each machine of the fleet, with its true speeds. */
export async function startMachines(order: MachinesOrder): Promise<readonly SimulatedOllama[]> {
  const { machines } = createTruth(order.fleet, [], order.seed);
  return Promise.all([...machines.values()].map((truth, index) => startSimulatedOllama(ollamaOf(truth, index, order))));
}

function ollamaOf(
  { models, machine, vramBytes }: MachineTruth,
  index: number,
  { fleet, seed, speedUp }: MachinesOrder,
): SimulatedOllamaOptions {
  return {
    models: [...models].map(([name, { loadS, prefillTokensPerS, decodeTokensPerS, sizeBytes }]) => ({
      name,
      sizeBytes: Math.round(sizeBytes),
      loadMs: (loadS * 1000) / speedUp,
      prefillTokensPerS: prefillTokensPerS * speedUp,
      decodeTokensPerS: decodeTokensPerS * speedUp,
      decodeSlowdown: machine.decode_slowdown,
      charsPerToken: CHARS_PER_TOKEN,
      contextLength: CONTEXT,
    })),
    ...(vramBytes === undefined ? {} : { vramBytes }),
    numParallel: machine.slots,
    maxLoadedModels: machine.max_loaded ?? models.size,
    keepAliveMs: (fleet.keep_alive_s * 1000) / speedUp,
    noise: fleet.noise.request,
    seed: seed + index,
    answerTokens: answerLength,
    keepRequests: 0,
  };
}
