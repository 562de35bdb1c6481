import type { Clock, WantsInput } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Standing } from './standing.js';

/** Wants that were told this long ago are told again at the next occasion: the agent may have started afresh since. */
const TOLD_AGAIN_MS = 1000;

export interface WantsAnnouncer {
  /** Heads of lines by the agent whose next slot they wait for. An agent that is not wanted any more is told so once. */
  announce(wants: ReadonlyMap<AgentId, readonly WantingHead[]>): void;
  /** The agent gave a slot for what it was told: it counts one waiting request less, and must be told of the next. */
  granted(agentId: AgentId): void;
}

/** The head of a line, or those behind it. */
export interface WantingHead extends Pick<Standing, 'rank' | 'lead'> {
  readonly signature: string;
  /** Wall time since when it waits. */
  readonly sinceMs: number;
  /** Runners that should make room for it, the first one first. */
  readonly evict: readonly string[];
  readonly waiting: number;
  /** Whether the agent may close a runner for it once it has waited long; of several agents that are asked one is enough. */
  readonly claims: boolean;
}

interface Told {
  readonly text: string;
  readonly atMs: number;
}

/**
 * Tells agents which requests of this replica wait for their next slot, so that a freed slot goes to the replica whose
 * request is next. The virtual time that is sent is the lead over the line's own, because replicas' virtual times began at
 * different moments, but all leads begin at none.
 */
export function createAnnounceWants(
  clock: Pick<Clock, 'now' | 'monotonic'>,
  sendWants: (agentId: AgentId, wants: WantsInput) => void,
): WantsAnnouncer {
  let told = new Map<AgentId, Told>();
  return {
    announce: (wants) => {
      const telling = new Map<AgentId, Told>();
      const nowMs = clock.monotonic();
      for (const [agentId, exact] of wants) {
        const heads = exact.map((head) => ({ ...head, lead: Math.round(head.lead) }));
        const text = JSON.stringify(heads);
        const before = told.get(agentId);
        const isFresh = before?.text === text && nowMs - before.atMs < TOLD_AGAIN_MS;
        telling.set(agentId, isFresh ? before : { text, atMs: nowMs });
        if (!isFresh) sendWants(agentId, { wants: heads.map((head) => toWant(head, clock.now())) });
      }
      for (const agentId of told.keys()) if (!telling.has(agentId)) sendWants(agentId, { wants: [] });
      told = telling;
    },
    granted: (agentId) => {
      if (told.has(agentId)) told.set(agentId, { text: '', atMs: 0 });
    },
  };
}

function toWant({ signature, rank, lead, sinceMs, evict, waiting, claims }: WantingHead, nowMs: number): WantsInput['wants'][number] {
  const waitedMs = claims ? Math.max(0, Math.round(nowMs - sinceMs)) : 0;
  return { signature, priority: rank, virtual_time: lead, waiting, waited_ms: waitedMs, evict: [...evict] };
}
