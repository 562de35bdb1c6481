import type { AskedRequest, Outcome } from './asked-request.js';
import type { ReceivedRequest } from './received-request.js';

/** A time in which an agent could not serve. Monotonic milliseconds. */
export interface Death {
  readonly agent: string;
  readonly diedMs: number;
  /** How long it may take until nothing is sent to it any more. */
  readonly detectedWithinMs: number;
  /** Unset: it stayed dead. */
  readonly revivedMs?: number;
}

export interface AgentAtRest {
  readonly id: string;
  readonly incarnation: number;
  readonly status: string;
  readonly in_flight: number;
}

/** One replica when nobody asks anything any more. */
export interface ReplicaAtRest {
  readonly name: string;
  readonly running: number;
  readonly waiting: number;
  readonly agents: readonly AgentAtRest[];
}

/** What clients, Ollamas and replicas recorded of one scenario. */
export interface History {
  readonly asked: readonly AskedRequest[];
  readonly received: readonly ReceivedRequest[];
  readonly deaths: readonly Death[];
  readonly replicas: readonly ReplicaAtRest[];
  /** Requests that each Ollama still works on, by the agent's name. */
  readonly inFlightAtOllama: Readonly<Record<string, number>>;
  /** Which requests may have lost their connection, because the replica that served them was killed. */
  readonly mayBeCut: (asked: AskedRequest) => boolean;
}

const ATTEMPTS_PER_REQUEST = 1.2;
/** In a small history a single retry is more than a fifth. */
const ATTEMPTS_FREE = 3;
const NEVER: ReadonlySet<Outcome> = new Set<Outcome>(['open', 'silent truncation', 'false done', 'malformed']);

/** Every invariant over one history; each violation is a sentence. Empty: all hold. */
export function checkHistory(history: History): readonly string[] {
  return [
    ...badOutcomes(history),
    ...tooManyAttempts(history),
    ...ranTwice(history),
    ...sentToTheDead(history),
    ...leftInFlight(history),
    ...twoIncarnations(history),
  ];
}

/** Every accepted request ends in exactly one of complete, clean error, explicit abort. */
function badOutcomes({ asked, mayBeCut }: History): readonly string[] {
  return asked
    .filter((request) => NEVER.has(request.outcome) || (request.outcome === 'cut' && !mayBeCut(request)))
    .map(
      ({ nonce, path, agent, outcome, detail }) => `request ${nonce} (${path}, agent ${agent ?? 'none'}) ended as ${outcome}: ${detail}`,
    );
}

function tooManyAttempts({ asked, received }: History): readonly string[] {
  const limit = Math.max(asked.length * ATTEMPTS_PER_REQUEST, asked.length + ATTEMPTS_FREE);
  const fresh = received.filter(({ isContinuation }) => !isContinuation).length;
  return fresh <= limit ? [] : [`${fresh} attempts for ${asked.length} requests are more than 1.2 each`];
}

/**
 * A generation ran twice only if the client had received nothing, or by hand-over. What an agent had in hand when it was stopped it
 * goes on with when it wakes, until it finds that its caller has left.
 */
function ranTwice({ asked, received, deaths }: History): readonly string[] {
  const byNonce = new Map(asked.map((request) => [request.nonce, request]));
  return received.flatMap(({ nonce, agent, startedMs, isContinuation }) => {
    const { firstByteMs, sentMs = 0 } = byNonce.get(nonce) ?? {};
    if (isContinuation || firstByteMs === undefined || firstByteMs >= startedMs) return [];
    const isInHand = ({ agent: stopped, diedMs, revivedMs }: Death) =>
      stopped === agent && revivedMs !== undefined && sentMs <= diedMs && startedMs >= revivedMs;
    if (deaths.some(isInHand)) return [];
    const lateMs = (startedMs - firstByteMs).toFixed(0);
    return [`request ${nonce} ran from its beginning on ${agent} ${lateMs} ms after its client had received the first byte`];
  });
}

function sentToTheDead({ received, deaths }: History): readonly string[] {
  return deaths.flatMap(({ agent, diedMs, detectedWithinMs, revivedMs = Number.POSITIVE_INFINITY }) =>
    received
      .filter((request) => request.agent === agent && request.startedMs > diedMs + detectedWithinMs && request.startedMs < revivedMs)
      .map(({ nonce, startedMs }) => `request ${nonce} was sent to ${agent} ${(startedMs - diedMs).toFixed(0)} ms after its death`),
  );
}

function leftInFlight({ replicas, inFlightAtOllama }: History): readonly string[] {
  return [
    ...replicas.filter(({ running, waiting }) => running + waiting > 0).map((replica) => `${replica.name} rests with ${describe(replica)}`),
    ...replicas.flatMap(({ name, agents }) =>
      agents
        .filter(({ status, in_flight }) => status !== 'offline' && in_flight !== 0)
        .map(({ id, in_flight }) => `${name} counts ${in_flight} in flight on ${id} at rest`),
    ),
    ...Object.entries(inFlightAtOllama)
      .filter(([, count]) => count !== 0)
      .map(([agent, count]) => `the Ollama of ${agent} works on ${count} at rest`),
  ];
}

function describe({ running, waiting }: ReplicaAtRest): string {
  return `${running} running and ${waiting} waiting`;
}

/** No id has two living incarnations: neither twice in one list, nor differently at two replicas. */
function twoIncarnations({ replicas }: History): readonly string[] {
  const seen = new Map<string, { readonly incarnation: number; readonly at: string }>();
  return replicas.flatMap(({ name, agents }) => {
    const ids = new Set<string>();
    return agents.flatMap(({ id, incarnation }) => {
      const other = seen.get(id);
      seen.set(id, { incarnation, at: name });
      if (ids.has(id)) return [`${name} lists ${id} twice`];
      ids.add(id);
      if (other === undefined || other.incarnation === incarnation) return [];
      return [`${id} is incarnation ${incarnation} at ${name} and ${other.incarnation} at ${other.at}`];
    });
  });
}
