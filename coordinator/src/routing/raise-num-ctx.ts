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
import type { RequestFacts } from '@ollama-coordinator/common/balancing';
import { absenceOf } from '../balancing/agent-standing.js';
import { describeReload, optionsOf, type Reload } from '../balancing/steer.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { InferenceRequest } from './inference-request.js';

/** What an absent num_ctx means at least (Ollama's default on a machine without much VRAM): nobody gets less for having asked for none. */
const DEFAULT_NUM_CTX = 4096;

export interface RaiseNumCtxDeps {
  readonly look: LookForNumCtx;
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

type Asked = Pick<RequestFacts, 'model' | 'signature'>;

/** The num_ctx that a request is to get in the place of its own. */
export interface RaisedNumCtx {
  readonly signature: RunnerSignature;
  /** Undefined: none, as the runner was loaded. */
  readonly numCtx: number | undefined;
  /** What its own would have caused. */
  readonly reload: Reload;
  /** For people. */
  readonly note: string;
}

/** Undefined where the request keeps its own. `agents`: those that have the model and may answer it; asked for only where the policy is for the model. */
export type LookForNumCtx = (asked: Asked, agents: () => readonly AgentRecord[]) => RaisedNumCtx | undefined;

/**
 * Where an operator wants it for the model: a request that asks for a smaller num_ctx than a runner in memory has, or for none,
 * gets the runner's, since with its own Ollama would load the model again. `settings`: the field changes when an operator changes it.
 */
export function createLookForNumCtx(settings: Readonly<Pick<RuntimeValues, 'raiseNumCtx'>>): LookForNumCtx {
  let patterns: readonly string[] = [];
  let matches: Matches = () => false;
  return (asked, agents) => {
    if (settings.raiseNumCtx.length === 0) return undefined;
    if (settings.raiseNumCtx !== patterns) {
      patterns = settings.raiseNumCtx;
      matches = compilePatterns(patterns.map(normalizeModelName));
    }
    const fitting = matches(asked.model) ? findFitting(asked, agents()) : undefined;
    if (!fitting) return undefined;
    const { numCtx } = fitting;
    const reload = avoidedReload(fitting, asked);
    const note = `num_ctx ${numCtxOf(asked.signature) ?? 'unset'} became ${numCtx ?? 'unset'}: ${describeReload(reload)}`;
    return { signature: withNumCtx(asked.signature, numCtx), numCtx, reload, note };
  };
}

export type RaiseNumCtx = (request: InferenceRequest, agents: () => readonly AgentRecord[]) => InferenceRequest;

/** Gives a request the num_ctx that is found for it: that one option of the body changes, and the request says so. /v1 cannot carry num_ctx. */
export function createRaiseNumCtx({ look, onReloadAvoided }: RaiseNumCtxDeps): RaiseNumCtx {
  return (request, agents) => {
    const raised = request.route.shape === 'ollama' && request.loadCall !== 'unload' ? look(request.facts, agents) : undefined;
    if (!raised) return request;
    onReloadAvoided(request.facts.model, raised.reload);
    return {
      ...request,
      body: replaceJsonValue(request.body, ['options', 'num_ctx'], JSON.stringify(raised.numCtx ?? null)),
      notes: [...request.notes, raised.note],
      facts: { ...request.facts, signature: raised.signature },
    };
  };
}

/** Undefined where the request finds its runner as it is, or none that would do: the one with the least context that suffices. */
function findFitting({ signature }: Asked, agents: readonly AgentRecord[]): Fitting | undefined {
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

function avoidedReload({ agent, runner }: Fitting, { model, signature }: Asked): Reload {
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
