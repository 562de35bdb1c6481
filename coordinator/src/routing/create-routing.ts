import { AppError, normalizeModelName } from '@ollama-coordinator/common';
import { matchesTarget, type RequestFacts } from '@ollama-coordinator/common/balancing';
import { absenceOf } from '../balancing/agent-standing.js';
import type { Caller } from '../credentials/caller.js';
import type { AgentRecord, FleetSnapshot, FleetView } from '../registry/fleet-snapshot.js';
import { type Alias, type Aliases, NO_ALIASES } from './aliases.js';
import { type Among, allOf } from './among.js';
import type { InferenceRequest } from './inference-request.js';
import type { PreferVariant } from './prefer-variant.js';
import type { LookForNumCtx, RaiseNumCtx } from './raise-num-ctx.js';
import { type Asked, askFor } from './read-asked.js';
import { createRouteSupport, routeNeedsOllama } from './route-support.js';

/** What of the fleet decides where a request may go, before a balancer is asked. */
export interface Routing {
  /** The models that a request may be answered by, in their order: its own, or those that its alias stands for. */
  expand(asked: Asked, caller: Caller): readonly Asked[];
  /**
   * The request with the narrowings that it needs, and the num_ctx of a runner in memory where an operator wants that; itself where
   * it needs none, which is the rule. Throws UNKNOWN_AGENT where its
   * pin names nobody, ROUTE_NEEDS_OLLAMA where those that have the model lack the route.
   */
  resolve(request: InferenceRequest, caller: Caller): InferenceRequest;
  /** What would become of a request of Ollama's own API that nobody sends, for explanations; nobody is told. */
  foresee(facts: RequestFacts): Foreseen;
  /** The alias of that name which the caller has. */
  aliasFor(model: string, caller: Caller): Alias | undefined;
  close(): void;
}

export interface Foreseen {
  readonly facts: RequestFacts;
  readonly notes: readonly string[];
  /** The agents that have the build which requests go to; undefined where all will do. */
  readonly preferred: Among | undefined;
}

export interface RoutingDeps {
  readonly fleet: Pick<FleetView, 'snapshot' | 'onChange'>;
  readonly aliases?: Aliases;
  /** See createRaiseNumCtx; default: bodies stay as they are. */
  readonly raiseNumCtx?: RaiseNumCtx;
  /** What it goes by. */
  readonly lookForNumCtx?: LookForNumCtx;
  /** Default: every build of a model will do. */
  readonly variants?: Pick<PreferVariant, 'narrow'>;
}

export function createRouting({ fleet, aliases = NO_ALIASES, raiseNumCtx = asItIs, lookForNumCtx, variants }: RoutingDeps): Routing {
  const support = createRouteSupport(fleet);

  function ofPin({ pin }: InferenceRequest, { agents }: FleetSnapshot): Among | undefined {
    if (pin === undefined) return undefined;
    const includes = (agent: AgentRecord) => matchesTarget(agent, pin);
    for (const agent of agents.values()) if (includes(agent)) return { line: pin, includes };
    throw new AppError('UNKNOWN_AGENT', { details: { agent: pin } });
  }

  function ofRoute({ route: { path }, facts }: InferenceRequest, { agentsByModel }: FleetSnapshot): Among | undefined {
    const includes = support.narrow(path);
    if (!includes) return undefined;
    const holders = agentsByModel.get(facts.model) ?? [];
    if (holders.length > 0 && !holders.some(includes)) throw routeNeedsOllama(path, holders);
    return { line: path, includes };
  }

  const aliasFor = (model: string, caller: Caller) => aliases.find(normalizeModelName(model), caller);
  return {
    aliasFor,
    expand(asked, caller) {
      const alias = aliasFor(asked.model, caller);
      return alias ? alias.models.map((model) => askFor(asked, model, `${alias.name} stands for ${model}`)) : [asked];
    },
    resolve(request, caller) {
      const snapshot = fleet.snapshot();
      const asked = allOf(ofPin(request, snapshot), ofKey(caller), ofRoute(request, snapshot));
      const raised = raiseNumCtx(request, () => (snapshot.agentsByModel.get(request.facts.model) ?? []).filter(asked?.includes ?? isAny));
      const among = allOf(asked, ofLoadCall(raised, snapshot, asked));
      const preferred = variants?.narrow(request.facts.model);
      if (!among && !preferred) return raised;
      return { ...raised, ...(among && { among }), ...(preferred && { preferred }) };
    },
    foresee(facts) {
      const raised = lookForNumCtx?.(facts, () => fleet.snapshot().agentsByModel.get(facts.model) ?? []);
      return {
        facts: raised ? { ...facts, signature: raised.signature } : facts,
        notes: raised ? [raised.note] : [],
        preferred: variants?.narrow(facts.model),
      };
    },
    close: support.close,
  };
}

const asItIs: RaiseNumCtx = (request) => request;
const isAny = () => true;

/** The agents that the caller's key is for. */
function ofKey({ key }: Caller): Among | undefined {
  return key?.allowsAgent && { line: key.agentsText ?? '', includes: key.allowsAgent };
}

/** A call that only loads goes where the runner is, to keep it longer there, rather than load another elsewhere. */
function ofLoadCall(
  { loadCall, facts: { model, signature } }: InferenceRequest,
  { agentsByModel }: FleetSnapshot,
  asked: Among | undefined,
): Among | undefined {
  if (loadCall !== 'load') return undefined;
  const includes = (agent: AgentRecord) =>
    absenceOf(agent) === undefined && agent.runners.some((runner) => runner.signature === signature && runner.state !== 'unloading');
  const isLoaded = agentsByModel.get(model)?.some((agent) => includes(agent) && (asked === undefined || asked.includes(agent)));
  return isLoaded ? { line: 'loaded', includes } : undefined;
}
