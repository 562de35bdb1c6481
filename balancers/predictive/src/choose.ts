import { type AgentView, type Choice, type Costed, type Moment, type RequestFacts, runnerOf } from '@ollama-coordinator/common/balancing';
import { emptyRoom, makeRoom, victimsOf } from './evictions.js';
import type { PredictiveOptions } from './options.js';
import { DECODE, EVICTION, LOAD, PARTS, PREFILL, WAIT, weigh } from './weigh.js';

/** Costs that differ by less than this are equal, whatever their size. */
const LEAST_DIFFERENCE_S = 0.02;

/**
 * The candidate with the least cost. Several replicas decide at the same moment by the same figures: where the model is
 * loaded they spread over the near-equals by chance, and where it must be loaded they agree on one of them, so that it is
 * not loaded twice. Pure.
 */
export function choosePredictive(request: RequestFacts, candidates: readonly Costed[], at: Moment, options: PredictiveOptions): Choice {
  let least = Number.POSITIVE_INFINITY;
  for (const { cost } of candidates) if (cost < least) least = cost;
  const near = least + Math.max(LEAST_DIFFERENCE_S, options.nearShare * least);
  let best: Costed | undefined;
  let bestRank = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.cost > near) continue;
    const rank = rankOf(candidate, request, at);
    if (rank <= bestRank) continue;
    bestRank = rank;
    best = candidate;
  }
  if (best === undefined) return { reject: true, why: 'every candidate was refused' };
  const { agent } = best;
  const why = explainChoice(request, agent, at, options);
  return { agent: agent.id, why, evict: runnerOf(agent, request.signature) ? [] : evictOn(request, agent, at, options) };
}

function evictOn(request: RequestFacts, agent: AgentView, at: Moment, options: PredictiveOptions): readonly string[] {
  const room = emptyRoom();
  makeRoom(request, agent, at.monotonicMs, options, room);
  return victimsOf(agent, room);
}

/** Loaded and free before loaded before not loaded; then by chance, or where a load follows by a hash that all replicas share. */
function rankOf({ agent, free }: Costed, request: RequestFacts, at: Moment): number {
  const isLoaded = runnerOf(agent, request.signature) !== undefined;
  if (isLoaded) return (free ? 4 : 2) + at.random() - agent.inFlight / (agent.inFlight + 1);
  return unitHash(`${request.signature} ${agent.id}`);
}

/** FNV-1a, as a number from 0 to 1. Source: RFC 9923. */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash >>> 0) / 2 ** 32;
}

/** `1.2 s on lab-2: no wait, loaded, prefill 0.3 s, decode 0.9 s` */
function explainChoice(request: RequestFacts, agent: AgentView, at: Moment, options: PredictiveOptions): string {
  const parts = new Float64Array(PARTS.length);
  weigh(request, agent, at, options, parts);
  const of = (place: number) => parts[place] ?? 0;
  const total = of(WAIT) + of(LOAD) + of(PREFILL) + of(DECODE);
  const wait = of(WAIT) > 0 ? `wait ${seconds(of(WAIT))}` : 'no wait';
  const load = of(LOAD) > 0 ? `load ${seconds(of(LOAD))}` : 'loaded';
  const eviction = of(EVICTION) > 0 ? `, eviction costs ${seconds(of(EVICTION))}` : '';
  return `${seconds(total)} on ${agent.name}: ${wait}, ${load}${eviction}, prefill ${seconds(of(PREFILL))}, decode ${seconds(of(DECODE))}`;
}

/** Two digits, and nothing below a hundredth. */
function seconds(value: number): string {
  return `${Number(value < 1 ? value.toFixed(2) : value.toPrecision(2))} s`;
}
