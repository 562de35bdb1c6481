import type { Attempt, HealthCheckRequest, Random } from '@ollama-coordinator/common';
import type { StreamEntry } from '@ollama-coordinator/common/redis';
import type { RecordedAttempt } from '#coordinator/balancing/learned/learned-state.js';
import { attemptKey } from '#coordinator/balancing/learned/own-attempts.js';
import type { EventClock, ProcessClock } from '../time/event-clock.js';

/** What a replica is told of the streams. */
export interface Follower {
  readonly replica: string;
  readonly clock: ProcessClock;
  heartbeats(entries: readonly StreamEntry[]): void;
  events(entries: readonly StreamEntry[]): void;
  /** Another replica served a request. */
  served(model: string, caller: string, tokens: number | undefined): unknown;
  /** Attempts of all replicas, this one's own too, in the order of the stream. */
  attempts(entries: readonly RecordedAttempt[]): void;
}

/** Redis' clock when the simulation begins. */
const START_MS = Date.UTC(2026, 0, 1);
/** A replica reads a stream within this. */
const READ_WITHIN_MS = 60;
/** As AttemptsFollower gathers. */
const GATHER_MS = 100;

/** The streams: what is appended reaches each follower some time later, unless Redis is away by then. */
export function createRedisStreams(clock: EventClock, random: Random, isAway: () => boolean) {
  const followers = new Map<string, Follower>();
  const unread = new Map<string, RecordedAttempt[]>();
  let entries = 0;

  const isThere = (follower: Follower) => followers.get(follower.replica) === follower && !follower.clock.isDead();
  const wallMs = () => START_MS + Math.floor(clock.nowMs());

  /** Whoever wrote it knows it already. */
  function tellOthers(writer: string, tell: (follower: Follower) => void): void {
    for (const follower of followers.values()) {
      if (follower.replica === writer) continue;
      clock.at(clock.nowMs() + 1 + READ_WITHIN_MS * random(), () => !isAway() && isThere(follower) && tell(follower));
    }
  }
  /** Read together with what comes meanwhile, and in order. */
  function readLater(follower: Follower, entry: RecordedAttempt): void {
    const waiting = unread.get(follower.replica);
    if (waiting) return void waiting.push(entry);
    unread.set(follower.replica, [entry]);
    clock.at(clock.nowMs() + 1 + GATHER_MS * random(), () => {
      const batch = unread.get(follower.replica) ?? [];
      unread.delete(follower.replica);
      if (isThere(follower)) follower.attempts(batch);
    });
  }
  function nextId(): string {
    entries += 1;
    return `${wallMs()}-${entries}`;
  }

  return {
    nextId,
    follow: (follower: Follower) => void followers.set(follower.replica, follower),
    unfollow: (replica: string) => void followers.delete(replica),
    tellOthers,
    event: (replica: string, type: string, agent: string) => {
      const entry: StreamEntry = [nextId(), ['type', type, 'agent', agent, 'name', agent, 'replica', replica]];
      tellOthers(replica, (follower) => follower.events([entry]));
    },
    heartbeat: (replica: string, body: HealthCheckRequest, hasModels: boolean) => {
      if (followers.size < 2) return;
      const fields = ['agent', body.agent_id, 'incarnation', `${body.incarnation}`, 'sequence', `${body.sequence}`, 'replica', replica];
      const entry: StreamEntry = [nextId(), [...fields, 'models', hasModels ? '1' : '', 'data', JSON.stringify(body)]];
      tellOthers(replica, (follower) => follower.heartbeats([entry]));
    },
    attempt: (attempt: Attempt) => {
      const entry = { key: attemptKey(attempt), atMs: wallMs(), read: () => attempt };
      for (const follower of followers.values()) readLater(follower, entry);
    },
  };
}
