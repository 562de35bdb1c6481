import { modelOfSignature } from '@ollama-coordinator/common';
import { type AgentView, type RequestFacts, type Runner, requestsAhead } from '@ollama-coordinator/common/balancing';

type Asked = Pick<RequestFacts, 'model' | 'signature'>;

/** The view as it will be when the agent has its next slot for such a request: what stands before it has ended. Pure. */
export function withFreeSlot(view: AgentView, request: Asked): AgentView {
  let freed = view;
  for (const runner of inTheWay(view.runners, request)) {
    if (requestsAhead(freed, request.model, request.signature) === 0) break;
    freed = withIdle(freed, runner, request.signature);
  }
  return freed;
}

/** Its own runner; else those of the same model, which must be idle to be reloaded, and the least busy ones, to be evicted. */
function inTheWay(runners: readonly Runner[], { model, signature }: Asked): readonly Runner[] {
  const own = runners.filter((runner) => runner.signature === signature);
  if (own.length > 0) return own;
  const isSame = (runner: Runner) => modelOfSignature(runner.signature) === model;
  const mayGo = runners.filter((runner) => runner.pinned !== true || isSame(runner));
  return mayGo.sort((one, other) => Number(isSame(other)) - Number(isSame(one)) || one.inFlight - other.inFlight);
}

function withIdle(view: AgentView, idle: Runner, signature: string): AgentView {
  const inFlight = idle.signature === signature ? Math.min(idle.inFlight, idle.slots - 1) : 0;
  const state = idle.state === 'unloading' ? 'ready' : idle.state;
  const runners = view.runners.map((runner) => (runner.signature === idle.signature ? { ...runner, state, inFlight } : runner));
  // A getter of the view's class is not copied with its fields.
  return { ...view, heardMsAgo: view.heardMsAgo, runners, inFlight: Math.max(0, view.inFlight - (idle.inFlight - inFlight)) };
}
