import { modelOfSignature } from '@ollama-coordinator/common';
import type { AgentView, Balancer, CostPart, Moment, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { MachineTruth } from '../machine/machine-truth.js';
import type { Truth } from '../machine/truth.js';

/** What this replica has sent to an agent and how it will go. */
interface Running {
  readonly agent: string;
  readonly signature: string;
  readonly readyMs: number;
  readonly endMs: number;
}

/** A model that is thrown out will mostly be wanted again: this share of its load is charged to who throws it out. */
const EVICTION_SHARE = 0.7;

/**
 * The informed reference: a request goes where it is expected to be finished first, by someone who knows the true speeds,
 * load times and lengths of answers. Wait for a slot + load + price of what the load throws out + prefill + decode, in
 * seconds. It decides as late as the coordinator's lines do: at the head of a line, each time the fleet changes.
 */
export function createExpectedCompletion(truth: Truth): Balancer {
  const running = new Map<string, Running>();
  /** Agent and signature of what was loaded when last heard of. */
  const loaded = new Set<string>();
  const lastOf = new Map<string, { readonly agent: string; readonly inputTokens: number }>();

  function parts(request: RequestFacts, view: AgentView, at: Moment): readonly CostPart[] {
    const machine = truth.machines.get(view.id);
    const arrival = truth.arrivals.get(request.id);
    const model = machine?.models.get(request.model);
    if (!machine || !arrival || !model) return [{ name: 'load', seconds: Number.POSITIVE_INFINITY }];
    const own = [...running.values()].filter(({ agent }) => agent === view.id);
    const same = own.filter(({ signature }) => signature === request.signature);
    const runner = view.runners.find(({ signature }) => signature === request.signature);
    const isLoaded = runner !== undefined && runner.state !== 'unloading';
    const loadingS = Math.max(0, ...same.map(({ readyMs }) => (readyMs - at.monotonicMs) / 1000));
    const evicted = isLoaded ? [] : evictedBy(request, view, machine);
    const drift = machine.driftAt(at.monotonicMs);
    const streams = Math.min(machine.machine.slots, 1 + (runner?.inFlight ?? 0));
    const warm = request.session === undefined ? undefined : lastOf.get(request.session);
    const cached = warm?.agent === view.id && isLoaded ? warm.inputTokens : 0;
    const slowdown = 1 + machine.machine.decode_slowdown * (streams - 1);
    const waitS = isLoaded ? slotWaitS(machine.machine.slots, runner.inFlight, same, at) : roomWaitS(evicted, own, at);
    return [
      { name: 'wait', seconds: waitS },
      { name: 'load', seconds: isLoaded ? loadingS : model.loadS },
      { name: 'eviction', seconds: EVICTION_SHARE * evicted.reduce((sum, name) => sum + (machine.models.get(name)?.loadS ?? 0), 0) },
      { name: 'prefill', seconds: Math.max(1, arrival.inputTokens - cached) / (model.prefillTokensPerS * drift) },
      { name: 'decode', seconds: (arrival.outputTokens * slowdown) / (model.decodeTokensPerS * drift) },
    ];
  }

  return {
    cost: (request, view, at) => parts(request, view, at).reduce((sum, { seconds }) => sum + seconds, 0),
    explain: parts,
    assigned: ({ request, agent, at }) => {
      const machine = truth.machines.get(agent);
      const model = machine?.models.get(request.model);
      const arrival = truth.arrivals.get(request.id);
      if (!machine || !model || !arrival) return;
      const same = [...running.values()].filter((one) => one.agent === agent && one.signature === request.signature);
      const isWarm = loaded.has(`${agent} ${request.signature}`) || same.length > 0;
      const readyMs = Math.max(at.monotonicMs + (isWarm ? 0 : model.loadS * 1000), ...same.map((one) => one.readyMs));
      const slowdown = 1 + machine.machine.decode_slowdown * Math.min(machine.machine.slots - 1, same.length);
      const workS = arrival.inputTokens / model.prefillTokensPerS + (arrival.outputTokens * slowdown) / model.decodeTokensPerS;
      running.set(request.id, { agent, signature: request.signature, readyMs, endMs: readyMs + workS * 1000 });
      loaded.add(`${agent} ${request.signature}`);
      if (request.session !== undefined) lastOf.set(request.session, { agent, inputTokens: arrival.inputTokens });
    },
    settled: ({ request }) => void running.delete(request.id),
    fleet: (change) => {
      if (change.type === 'runner-unloaded') loaded.delete(`${change.agent} ${change.signature}`);
    },
  };
}

/** Until a slot of the full runner is free. */
function slotWaitS(slots: number, inFlight: number, same: readonly Running[], at: Moment): number {
  const excess = inFlight - slots;
  if (excess < 0) return 0;
  const ends = same.map(({ endMs }) => endMs).sort((one, other) => one - other);
  return Math.max(0, ((ends[Math.min(excess, ends.length - 1)] ?? at.monotonicMs) - at.monotonicMs) / 1000);
}

/** Until everything that has to make room is idle. */
function roomWaitS(evicted: readonly string[], own: readonly Running[], at: Moment): number {
  const ends = own.filter(({ signature }) => evicted.includes(modelOfSignature(signature))).map(({ endMs }) => endMs);
  return Math.max(0, ...ends.map((endMs) => (endMs - at.monotonicMs) / 1000));
}

/** The models that have to leave so that this one fits: idle ones first. */
function evictedBy(request: RequestFacts, view: AgentView, machine: MachineTruth): readonly string[] {
  const sizeOf = (name: string) => machine.models.get(name)?.sizeBytes ?? 0;
  const present = view.runners.map(({ signature, inFlight }) => ({ name: modelOfSignature(signature), inFlight }));
  const same = present.filter(({ name }) => name === request.model).map(({ name }) => name);
  if (same.length > 0 || machine.vramBytes === undefined) return same;
  let excess = present.reduce((sum, { name }) => sum + sizeOf(name), sizeOf(request.model)) - machine.vramBytes;
  const evicted: string[] = [];
  for (const { name } of present.toSorted((one, other) => one.inFlight - other.inFlight)) {
    if (excess <= 0) break;
    evicted.push(name);
    excess -= sizeOf(name);
  }
  return evicted;
}
