import type { Attempt, Clock, Timer } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Cell } from './cell.js';
import { createCellStore, createOverlay, KINDS, type Kind } from './cells.js';
import type { Expectations } from './expectations.js';
import { AGENT_KINDS, observe } from './observe.js';
import { readExpectations } from './read-expectations.js';
import { createRecentKeys } from './recent-keys.js';

/** Version of the fold: figures of another one are not taken over. */
export const FOLD_VERSION = 2;

/** Everything that the fold needs to go on from where it was saved. */
export interface SavedState {
  readonly version: number;
  /** Which beginning the figures descend from: after a loss each replica would have its own, and all take over one. */
  readonly lineage: string;
  /** The last entry of the requests stream that is in the figures. */
  readonly streamId: string;
  readonly recent: readonly string[];
  readonly cells: Readonly<Partial<Record<Kind, readonly (readonly [name: string, ...figures: readonly number[]])[]>>>;
}

/** An attempt in the stream. */
export interface RecordedAttempt {
  readonly key: string;
  /** When it was written, by Redis' clock. */
  readonly atMs: number;
  /** Undefined for what is no attempt. Called at most once, and not for this replica's own. */
  readonly read: () => Attempt | undefined;
}

/**
 * What this replica knows of speeds, lengths and demand. What the stream holds is folded in its order, so that every
 * replica and every restart reaches the same figures. What this replica saw itself counts on top of
 * that until its record comes by in the stream: at once, or where others came just before, a moment later with all of them.
 */
export interface LearnedState extends Expectations {
  /** An attempt of this replica has ended. */
  attempted(attempt: Attempt): void;
  /** The next entries of the stream. */
  fold(entries: readonly RecordedAttempt[]): void;
  /** The agent was removed from the registry. */
  forget(agent: AgentId): void;
  save(): Omit<SavedState, 'lineage' | 'streamId'>;
  /** Takes over saved figures for its own. False: they are of another version, or broken. */
  restore(saved: Pick<SavedState, 'version' | 'recent' | 'cells'>): boolean;
  /** Who is told what was learned. */
  onLearned(listener: LearnedListener): void;
  size(): number;
}

export interface LearnedListener {
  /** Agents of which something was learned; undefined: all of them. */
  learned(agents: ReadonlySet<AgentId> | undefined): void;
  /** Another replica made this attempt. */
  seen(attempt: Attempt): void;
}

/** Own attempts that are kept until the stream shows them; while Redis is away the oldest are only in the figures. */
const MOST_PENDING = 1000;
/** Own attempts closer together than this are taken in together, as those of others are. What one more of hundreds says can wait. */
const GATHER_MS = 100;

export function attemptKey({ request_id, attempt }: Pick<Attempt, 'request_id' | 'attempt'>): string {
  return `${request_id} ${attempt}`;
}

export function createLearnedState({ clock }: { readonly clock: Pick<Clock, 'now' | 'setTimeout'> }): LearnedState {
  const shared = createCellStore();
  const overlay = createOverlay(shared);
  const recent = createRecentKeys();
  const pending = new Map<string, SeenAttempt>();
  /** Those of `pending` that are in no figures yet. */
  let untaken: SeenAttempt[] = [];
  let takenMs = Number.NEGATIVE_INFINITY;
  let taking: Timer | undefined;
  const listeners = new Set<LearnedListener>();
  const tell = (agents: ReadonlySet<AgentId> | undefined) => {
    for (const listener of listeners) listener.learned(agents);
  };
  const takeIn = (seen: Iterable<SeenAttempt>) => {
    for (const { attempt, atMs } of seen) observe(overlay, attempt, atMs);
    untaken = [];
    takenMs = clock.now();
    taking?.cancel();
    taking = undefined;
  };
  const takeUntaken = () => {
    const agents = new Set(untaken.map(({ attempt: { agent_id: agent } }) => agent));
    takeIn(untaken);
    tell(agents);
  };
  /** What is pending, anew on top of what all know. */
  const lay = () => {
    overlay.clear();
    takeIn(pending.values());
  };

  return {
    ...readExpectations(overlay, clock.now),
    attempted(attempt) {
      const seen = { attempt, atMs: clock.now() };
      pending.set(attemptKey(attempt), seen);
      untaken.push(seen);
      if (pending.size > MOST_PENDING) deleteFirst(pending);
      if (Math.abs(seen.atMs - takenMs) >= GATHER_MS) takeUntaken();
      else taking ??= clock.setTimeout(takeUntaken, GATHER_MS);
    },
    fold(entries) {
      const agents = new Set<AgentId>();
      for (const { attempt } of untaken) agents.add(attempt.agent_id);
      for (const { key, atMs, read } of entries) {
        if (!recent.add(key)) continue;
        const own = pending.get(key)?.attempt;
        pending.delete(key);
        const attempt = own ?? read();
        if (attempt === undefined) continue;
        if (own === undefined) for (const listener of listeners) listener.seen(attempt);
        observe(shared, attempt, atMs);
        agents.add(attempt.agent_id);
      }
      lay();
      if (agents.size > 0) tell(agents);
    },
    forget(agent) {
      for (const kind of AGENT_KINDS) {
        for (const [name] of shared.entries(kind)) if (name === agent || name.startsWith(`${agent}\n`)) shared.delete(kind, name);
      }
      lay();
    },
    save: () => ({
      version: FOLD_VERSION,
      recent: recent.list(),
      cells: Object.fromEntries(KINDS.map((kind) => [kind, [...shared.entries(kind)].map(([name, cell]) => [name, ...figuresOf(cell)])])),
    }),
    restore(saved) {
      if (saved.version !== FOLD_VERSION) return false;
      shared.clear();
      for (const kind of KINDS) for (const [name, ...figures] of saved.cells[kind] ?? []) shared.set(kind, name, cellOf(figures));
      recent.replace(saved.recent);
      lay();
      tell(undefined);
      return true;
    },
    onLearned: (listener) => void listeners.add(listener),
    size: () => shared.size(),
  };
}

/** An attempt of this replica, and when it ended by its own clock. */
interface SeenAttempt {
  readonly attempt: Attempt;
  readonly atMs: number;
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) return void map.delete(key);
}

function figuresOf({ mean, variance, count, surprises, atMs }: Cell): readonly number[] {
  return [mean, variance, count, surprises, atMs];
}

function cellOf([mean = 0, variance = 0, count = 0, surprises = 0, atMs = 0]: readonly number[]): Cell {
  return { mean, variance, count, surprises, atMs };
}
