import { formatBytes, modelOfSignature, type RunnerSignature } from '@ollama-coordinator/common';
import { type AgentView, isOfModel, type ModelName, type RequestFacts } from '@ollama-coordinator/common/balancing';
import type { ActiveProfile } from './active-profile.js';
import type { WritableCosted } from './agent-views.js';

type Asked = Pick<RequestFacts, 'model' | 'signature'>;

/** A reload that a request causes, or was kept from causing. */
export interface Reload {
  readonly agentId: string;
  readonly agent: string;
  readonly isAvoided: boolean;
  readonly bytes: number;
  /** Load options of the runner that goes, and of the one that comes in its place, as `num_ctx=4096`; `defaults` for none. */
  readonly from: string;
  readonly to: string;
}

/** Keeps one request away from agents that would have to reload its model. */
export interface Steering {
  /** Leaves out of `found` those that would reload, where another need not; see dropReloaders. `ahead`: requests before it in its line. */
  narrow(found: WritableCosted[], monotonicMs: number, ahead?: number): void;
  /** The reload that the choice causes; else the largest one that it avoids. */
  outcome(chosen: AgentView, candidates: readonly WritableCosted[]): Reload | undefined;
}

/**
 * Undefined, for each request, while its model is nowhere in memory with other load options. A profile that takes the cost of
 * loads into account itself is left to do so.
 */
export function createSteer(hasOtherOptions: (model: ModelName, signature: RunnerSignature) => boolean) {
  return (asked: Asked, { weighsLoads }: Pick<ActiveProfile, 'weighsLoads'>): Steering | undefined => {
    if (!hasOtherOptions(asked.model, asked.signature)) return undefined;
    let dropped: readonly AgentView[] = [];
    return {
      narrow(found, monotonicMs, ahead) {
        if (!weighsLoads) dropped = dropReloaders(found, asked, monotonicMs, ahead);
      },
      outcome(chosen, candidates) {
        const own = reloadOn(chosen, asked);
        if (own) return own;
        const most = mostReloading([...dropped, ...candidates.map(({ agent }) => agent)], asked);
        const avoided = most && reloadOn(most, asked);
        return avoided && { ...avoided, isAvoided: true };
      },
    };
  };
}

/**
 * Requests that need one model with different load options make Ollama load it again and again. So the agents that would have
 * to reload it are taken out of `found` while another one need not: one that has the runner and a slot, or will have one
 * sooner than a reload takes, or one without the model in memory that is free. Those ahead in its line take the slots that become
 * free before its own does. Returns who was taken out.
 */
export function dropReloaders(found: WritableCosted[], asked: Asked, monotonicMs: number, ahead = 0): readonly AgentView[] {
  const waitS = leastWaitS(found, asked, monotonicMs) * (1 + ahead);
  const dropped: AgentView[] = [];
  let kept = 0;
  for (const candidate of found) {
    const { agent } = candidate;
    if (replacedOn(agent, asked) !== undefined && waitS <= agent.speed(asked.model, 1).loadS.mean) dropped.push(agent);
    else {
      found[kept] = candidate;
      kept += 1;
    }
  }
  found.length = kept;
  return dropped;
}

/** Seconds until an agent could begin the request without reloading the model; infinite where none can. */
function leastWaitS(found: readonly WritableCosted[], asked: Asked, monotonicMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { agent, free } of found) {
    const own = agent.runners.find(({ signature, state }) => signature === asked.signature && state !== 'unloading');
    if (free && (own || !hasModel(agent, asked.model))) return 0;
    if (own?.busyUntilMs !== undefined) least = Math.min(least, Math.max(0, own.busyUntilMs - monotonicMs) / 1000);
  }
  return least;
}

/** The reload that the request would cause there; undefined where none. */
export function reloadOn(agent: AgentView, asked: Asked): Reload | undefined {
  const replaced = replacedOn(agent, asked);
  if (replaced === undefined) return undefined;
  const [from, to] = [optionsOf(replaced), optionsOf(asked.signature)];
  return { agentId: agent.id, agent: agent.name, isAvoided: false, bytes: bytesOf(agent, asked), from, to };
}

/** The runner whose place the request's own would take. */
function replacedOn({ runners }: AgentView, { model, signature }: Asked): RunnerSignature | undefined {
  let other: RunnerSignature | undefined;
  for (const runner of runners) {
    if (runner.signature === signature) return undefined;
    if (isOfModel(runner.signature, model)) other = runner.signature;
  }
  return other;
}

/** Who would reload most, of all who would. */
function mostReloading(agents: Iterable<AgentView>, asked: Asked): AgentView | undefined {
  let most: AgentView | undefined;
  for (const agent of agents) {
    if (replacedOn(agent, asked) !== undefined && (most === undefined || bytesOf(agent, asked) > bytesOf(most, asked))) most = agent;
  }
  return most;
}

function bytesOf(agent: AgentView, { model }: Asked): number {
  return agent.models.get(model)?.sizeBytes ?? 0;
}

/** For people: headers, events, explanations. */
export function describeReload({ agent, isAvoided, bytes, from, to }: Reload): string {
  const what = `reloaded ${formatBytes(bytes)} (${from} to ${to})`;
  return isAvoided ? `${agent} would have ${what}` : what;
}

function hasModel(agent: AgentView, model: ModelName): boolean {
  return agent.runners.some(({ signature }) => isOfModel(signature, model));
}

/** As `num_ctx=4096`, or `defaults`. */
export function optionsOf(signature: RunnerSignature): string {
  return signature.slice(modelOfSignature(signature).length + 1).replaceAll(';', ' ') || 'defaults';
}
