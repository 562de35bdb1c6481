import {
  compilePatterns,
  type Matches,
  modelOfSignature,
  normalizeModelName,
  optionsOfSignature,
  type RunnerReport,
  type RunnerSignature,
  type RuntimeValues,
  replaceJsonValue,
  runnerSignature,
} from '@ollama-coordinator/common';
import { absenceOf } from '../balancing/agent-standing.js';
import { describeReload, optionsOf, type Reload } from '../balancing/steer.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { InferenceRequest } from './inference-request.js';

/** What an absent num_ctx means at least (Ollama's default on a machine without much VRAM): nobody gets less for having asked for none. */
const DEFAULT_NUM_CTX = 4096;

export interface RaiseNumCtxDeps {
  /** Of the settings; the field changes when an operator changes it. */
  readonly settings: Readonly<Pick<RuntimeValues, 'raiseNumCtx'>>;
  /** Told each time that a reload was avoided so. */
  readonly onReloadAvoided: (model: string, reload: Reload) => void;
}

/** A runner in memory that a request fits into. */
interface Fitting {
  readonly agent: AgentRecord;
  readonly runner: RunnerReport;
  /** Undefined where it was loaded without one, and so with at least what is asked for. */
  readonly numCtx: number | undefined;
}

/** `agents`: those that have the model and may answer it; asked for only where the policy is for the model. */
export type RaiseNumCtx = (request: InferenceRequest, agents: () => readonly AgentRecord[]) => InferenceRequest;

/**
 * Where an operator wants it for the model: a request that asks for a smaller num_ctx than a runner in memory has, or for none,
 * gets the runner's, since with its own Ollama would load the model again. That one option of the body changes, and the request
 * says so. /v1 cannot carry num_ctx.
 */
export function createRaiseNumCtx({ settings, onReloadAvoided }: RaiseNumCtxDeps): RaiseNumCtx {
  let patterns: readonly string[] = [];
  let matches: Matches = () => false;
  return (request, agents) => {
    if (settings.raiseNumCtx.length === 0 || request.route.shape !== 'ollama' || request.loadCall === 'unload') return request;
    if (settings.raiseNumCtx !== patterns) {
      patterns = settings.raiseNumCtx;
      matches = compilePatterns(patterns.map(normalizeModelName));
    }
    const { model, signature } = request.facts;
    const fitting = matches(model) ? findFitting(request, agents()) : undefined;
    if (!fitting) return request;
    const reload = avoidedReload(fitting, request);
    onReloadAvoided(model, reload);
    const { numCtx } = fitting;
    const note = `num_ctx ${numCtxOf(signature) ?? 'unset'} became ${numCtx ?? 'unset'}: ${describeReload(reload)}`;
    return {
      ...request,
      body: replaceJsonValue(request.body, ['options', 'num_ctx'], JSON.stringify(numCtx ?? null)),
      notes: [...request.notes, note],
      facts: { ...request.facts, signature: withNumCtx(signature, numCtx) },
    };
  };
}

/** Undefined where the request finds its runner as it is, or none that would do: the one with the least context that suffices. */
function findFitting({ facts: { signature } }: InferenceRequest, agents: readonly AgentRecord[]): Fitting | undefined {
  const [asked, others] = [numCtxOf(signature), withNumCtx(signature, undefined)];
  let best: Fitting | undefined;
  for (const agent of agents) {
    if (absenceOf(agent) !== undefined) continue;
    for (const runner of agent.runners) {
      if (runner.state === 'unloading') continue;
      if (runner.signature === signature) return undefined;
      if (withNumCtx(runner.signature, undefined) !== others) continue;
      const numCtx = numCtxOf(runner.signature);
      const context = numCtx ?? runner.context_length ?? 0;
      if (context >= (asked ?? DEFAULT_NUM_CTX) && context < contextOf(best)) best = { agent, runner, numCtx };
    }
  }
  return best;
}

function contextOf(fitting: Fitting | undefined): number {
  return fitting === undefined ? Number.POSITIVE_INFINITY : (fitting.numCtx ?? fitting.runner.context_length ?? 0);
}

function avoidedReload({ agent, runner }: Fitting, { facts: { model, signature } }: InferenceRequest): Reload {
  const bytes = agent.models.get(model)?.size_bytes ?? 0;
  return { agentId: agent.id, agent: agent.name, isAvoided: true, bytes, from: optionsOf(runner.signature), to: optionsOf(signature) };
}

function numCtxOf(signature: RunnerSignature): number | undefined {
  const { num_ctx: numCtx } = optionsOfSignature(signature);
  return typeof numCtx === 'number' ? numCtx : undefined;
}

function withNumCtx(signature: RunnerSignature, numCtx: number | undefined): RunnerSignature {
  return runnerSignature(modelOfSignature(signature), { ...optionsOfSignature(signature), num_ctx: numCtx });
}
