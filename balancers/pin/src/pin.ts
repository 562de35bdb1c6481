import { type AgentView, type Balancer, matchesTarget, modelPattern, type RequestFacts } from '@ollama-coordinator/common/balancing';

export interface PinOptions {
  /** Name of a model, in which `*` stands for any characters → ids, names or `label=value` of the agents that serve it. */
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** Seconds added to every other agent; undefined: they never serve it. */
  readonly elsewhereS?: number | undefined;
}

/** Costs by where a model belongs. Pure; what is remembered is where the model asked for last belongs. */
export function createPin({ models, elsewhereS = Number.POSITIVE_INFINITY }: PinOptions): Pick<Balancer, 'cost' | 'explain'> {
  const pins = Object.entries(models).map(([pattern, targets]) => ({ describes: modelPattern([pattern]), targets }));
  let last: { readonly model: string; readonly targets: readonly string[] | undefined } | undefined;

  /** Of the pins that describe the model the first counts. */
  function targetsOf({ model }: RequestFacts): readonly string[] | undefined {
    if (last?.model !== model) last = { model, targets: pins.find(({ describes }) => describes(model))?.targets };
    return last.targets;
  }
  const cost = (targets: readonly string[] | undefined, agent: AgentView) =>
    targets === undefined || targets.some((target) => matchesTarget(agent, target)) ? 0 : elsewhereS;
  return {
    cost: (request, agent) => cost(targetsOf(request), agent),
    explain(request, agent) {
      const targets = targetsOf(request);
      return [{ name: targets ? `pinned to ${targets.join(' or ')}` : 'not pinned', seconds: cost(targets, agent) }];
    },
  };
}
