import type { AgentView, Balancer, CostPart } from '@ollama-coordinator/common/balancing';

/** Terms that are no time that the request itself takes, or that come after its first token. */
const NOT_BEFORE_FIRST_TOKEN = /decode|evict|explor|residen|penalt|suspect/;

/** What a balancer expected of each request when it gave it to an agent. */
export interface Predictions {
  readonly balancer: Balancer;
  /** Milliseconds from the assignment to the first token; undefined where the balancer predicts no such thing. */
  ofRequest(id: string): number | undefined;
}

/** Asks a balancer for the terms of its cost at the moment of each assignment. Nothing else about it changes. */
export function watchPredictions(balancer: Balancer): Predictions {
  const { explain } = balancer;
  const predicted = new Map<string, number>();
  if (!explain) return { balancer, ofRequest: () => undefined };
  const views = new Map<string, AgentView>();
  const watched: Balancer = {
    ...balancer,
    cost: (request, agent, at) => {
      views.set(agent.id, agent);
      return balancer.cost?.(request, agent, at) ?? 0;
    },
    assigned: (event) => {
      const view = views.get(event.agent);
      const parts = view ? explain.call(balancer, event.request, view, event.at) : [];
      const ms = firstTokenMs(parts);
      if (ms !== undefined) predicted.set(event.request.id, ms);
      balancer.assigned?.(event);
    },
  };
  return { balancer: watched, ofRequest: (id) => predicted.get(id) };
}

function firstTokenMs(parts: readonly CostPart[]): number | undefined {
  if (!parts.some(({ name }) => name === 'prefill')) return undefined;
  return 1000 * parts.reduce((sum, { name, seconds }) => sum + (NOT_BEFORE_FIRST_TOKEN.test(name) ? 0 : seconds), 0);
}
