import { runnerSignature, WATCH_SILENCE_MS } from '@ollama-coordinator/common';
import { RETRY_FLOOR, RETRY_RATIO } from '#coordinator/admission/retry-budget.js';
import type { Arrival } from './schedule.js';
import { type Followed, SETTINGS, type World } from './world.js';

/** Longest that a replica may need to notice that an agent's watch is gone: silence, the look for it, and a slow message. */
const SUSPECT_MS = WATCH_SILENCE_MS + 250 + 100;
/**
 * As long as a free slot and a request that waits for it may stay apart: an agent that was cut off seems to work on what it
 * was sent until it is suspect, and the look for it comes each half second.
 */
const APART_MS = SUSPECT_MS + 500;
/** Good behaviour after which an agent that was kept out counts as any other. */
const EJECTION_MEMORY_MS = 75_000;

type Violate = (text: string) => void;

export function violating(world: World): Violate {
  return (text) => world.violations.push(`at ${world.clock.nowMs().toFixed(1)} ms: ${text}`);
}

/** To be told of each request that leaves a replica. */
export function watchSends(world: World): void {
  const violate = violating(world);
  world.onSend.push(({ requestId, agent }) => {
    const followed = world.requests.get(requestId);
    if (!followed) return violate(`${requestId} was sent, but never came`);
    if (followed.client.res.headersSent) violate(`${requestId} was sent again after its client had a byte`);
    followed.sentTo.push(agent);
    const diedMs = world.diedMs.get(agent);
    const learnedMs = followed.replica.learnedMs.get(agent) ?? 0;
    if (diedMs === undefined || world.clock.nowMs() - Math.max(diedMs, learnedMs) < SUSPECT_MS) return;
    const better = otherAgents(world, followed, agent);
    if (better.length > 0) violate(`${requestId} was sent to ${agent}, dead since ${diedMs.toFixed(0)} ms, although ${better} could serve`);
  });
}

/** Agents that the request's replica holds to be available, and that did not fail it. */
function otherAgents({ clock }: World, { replica, arrival, sentTo }: Followed, not: string): string[] {
  return (replica.fleet.snapshot().agentsByModel.get(arrival.model) ?? [])
    .filter((agent) => agent.id !== not && agent.status === 'online' && agent.state === 'ready' && !sentTo.includes(agent.id))
    .filter((agent) => clock.nowMs() - (replica.ejectedMs.get(agent.id) ?? Number.NEGATIVE_INFINITY) > EJECTION_MEMORY_MS)
    .map(({ id }) => id);
}

/**
 * Finds lines that stand still although a slot that their head could have is free: to be called now and then. A line that moves may leave
 * an agent alone that would have to load the model again, as long as the others are sooner.
 */
export function createApartCheck(world: World): () => void {
  const sinceMs = new Map<string, number>();
  const movedMs = new Map<string, number>();
  world.onSend.push(({ replica, requestId }) => {
    const arrival = world.requests.get(requestId)?.arrival;
    if (arrival) movedMs.set(`${replica} ${signatureOf(arrival)}`, world.clock.nowMs());
  });
  return () => {
    const apart = new Set<string>();
    for (const replica of world.replicas) {
      if (!replica) continue;
      for (const { fair, signature, model } of replica.lines.list()) {
        const head = fair.next()?.waiter.request;
        if (!head) continue;
        for (const record of replica.fleet.snapshot().agentsByModel.get(model) ?? []) {
          const agent = world.agents.get(record.id);
          const isOut = world.clock.nowMs() - (replica.ejectedMs.get(record.id) ?? Number.NEGATIVE_INFINITY) < EJECTION_MEMORY_MS;
          if (record.status !== 'online' || isOut || head.exclude.has(record.id) || agent?.gate()?.inFlightCount !== 0) continue;
          if (agent.ollama.isUp() && !agent.gate()?.draining) apart.add(`${replica.id} ${record.id} ${signature}`);
        }
      }
    }
    for (const key of sinceMs.keys()) if (!apart.has(key)) sinceMs.delete(key);
    for (const key of apart) {
      const since = sinceMs.get(key) ?? world.clock.nowMs();
      sinceMs.set(key, since);
      const [replica, , signature] = key.split(' ');
      if (world.clock.nowMs() - Math.max(since, movedMs.get(`${replica} ${signature}`) ?? 0) < APART_MS) continue;
      violating(world)(`a request waits although an agent idles: ${key}, since ${since.toFixed(0)} ms`);
      sinceMs.delete(key);
    }
  };
}

/** When everything has come to rest. */
export function checkAtRest(world: World): void {
  const violate = violating(world);
  for (const followed of world.requests.values()) checkRequest(followed, violate);
  for (const replica of world.replicas) {
    if (!replica) continue;
    const { id, balancing, lines, retries } = replica;
    if (balancing.inFlight.total() !== 0) violate(`${id} counts ${balancing.inFlight.total()} in flight at rest`);
    if (lines.waiting() !== 0) violate(`${id} has ${lines.waiting()} waiting at rest`);
    if (retries.inspect().waiting !== 0 || retries.inspect().spent !== 0) violate(`${id} holds retry permits at rest`);
    for (const fault of balancing.faults()) violate(`${id}: ${JSON.stringify(fault)}`);
    for (const { id: agentId, status, state, inFlightByReplica } of replica.fleet.snapshot().agents.values()) {
      if (status !== 'online' || state !== 'ready') violate(`${id} holds ${agentId} to be ${status}, ${state} at rest`);
      const counted = Object.values(inFlightByReplica).reduce((sum, count) => sum + count, 0);
      if (counted !== 0) violate(`${id} believes that ${counted} are in flight on ${agentId} at rest`);
    }
    if (replica.fleet.snapshot().agents.size !== world.agents.size) violate(`${id} knows ${replica.fleet.snapshot().agents.size} agents`);
  }
  for (const { id, gate, ollama } of world.agents.values()) {
    if (gate()?.inFlightCount !== 0) violate(`${id} counts ${gate()?.inFlightCount} in flight at rest`);
    if (ollama.busy() !== 0) violate(`${id}: Ollama works at rest`);
  }
  checkRetries(world, violate);
}

function checkRequest({ arrival, client, replica, outcomes, receivedMs }: Followed, violate: Violate) {
  const { id } = arrival;
  const { seen } = client;
  for (const mistake of seen.mistakes) violate(`${id}: the client was sent ${mistake}`);
  if (receivedMs.length > SETTINGS.maxAttempts) violate(`${id} reached Ollama ${receivedMs.length} times`);
  if (replica.clock.isDead()) {
    if (outcomes.length > 1) violate(`${id} has ${outcomes.length} outcomes`);
    return;
  }
  const [outcome] = outcomes;
  if (outcomes.length !== 1 || !outcome) return violate(`${id} has ${outcomes.length} outcomes`);
  if (seen.end === undefined) return violate(`${id} is ${outcome.status}, but its client still waits`);
  const isWhole = seen.text.includes('"done":true');
  if (outcome.status === 'completed' && seen.end !== 'left' && !(isWhole && seen.end === 'whole'))
    violate(`${id} is completed, but not whole`);
  if (outcome.status !== 'completed' && isWhole && seen.end !== 'left') violate(`${id} is ${outcome.status}, but whole`);
  if (seen.end === 'whole' && !isWhole && !seen.text.includes('"error"'))
    violate(`${id} ended silently: ${seen.status} ${JSON.stringify(seen.text)}, ${outcome.error_code}`);
  if (outcome.status === 'cancelled' && seen.end !== 'left') violate(`${id} is cancelled, but its client stayed`);
}

/** Further attempts within the budget of their replica: over any window, and the schedule's as a whole. */
function checkRetries({ requests }: World, violate: Violate) {
  const byReplica = new Map<string, { arrivals: number; retriesMs: number[] }>();
  for (const { replica, receivedMs } of requests.values()) {
    const sum = byReplica.get(replica.id) ?? { arrivals: 0, retriesMs: [] };
    sum.arrivals += 1;
    sum.retriesMs.push(...receivedMs.slice(1));
    byReplica.set(replica.id, sum);
  }
  for (const [id, { arrivals, retriesMs }] of byReplica) {
    const allowed = RETRY_FLOOR + Math.floor(RETRY_RATIO * arrivals);
    for (const endMs of retriesMs) {
      const within = retriesMs.filter((ms) => ms > endMs - 9000 && ms <= endMs).length;
      if (within > allowed) return violate(`${id} made ${within} further attempts in 9 s, ${allowed} allowed at most`);
    }
  }
}

function signatureOf({ model, numCtx }: Arrival): string {
  return runnerSignature(model, numCtx === undefined ? {} : { num_ctx: numCtx });
}
