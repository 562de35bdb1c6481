import type { Attempt, Clock } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Cell } from './cell.js';
import { createCellStore, createOverlay, KINDS, type Kind } from './cells.js';
import type { Expectations } from './expectations.js';
import { AGENT_KINDS, observe } from './observe.js';
import { createOwnAttempts } from './own-attempts.js';
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
 * that until its record comes by in the stream: at once, or where others came just before, only if the stream does not bring it soon.
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

export function createLearnedState({ clock }: { readonly clock: Pick<Clock, 'now' | 'setTimeout'> }): LearnedState {
  const shared = createCellStore();
  const overlay = createOverlay(shared);
  const recent = createRecentKeys();
  const listeners = new Set<LearnedListener>();
  const tell = (agents: ReadonlySet<AgentId> | undefined) => {
    for (const listener of listeners) listener.learned(agents);
  };
  const own = createOwnAttempts({
    clock,
    take(attempts) {
      for (const { attempt, atMs } of attempts) observe(overlay, attempt, atMs);
      tell(new Set(attempts.map(({ attempt }) => attempt.agent_id)));
    },
  });
  /** What was taken in of this replica's and is not in the stream yet, anew on top of what all know. */
  const lay = () => {
    overlay.clear();
    for (const { attempt, atMs } of own.taken()) observe(overlay, attempt, atMs);
  };

  return {
    ...readExpectations(overlay, clock.now),
    attempted: own.add,
    fold(entries) {
      const agents = new Set<AgentId>();
      for (const { key, atMs, read } of entries) {
        if (!recent.add(key)) continue;
        const ours = own.cameBy(key);
        const attempt = ours ?? read();
        if (attempt === undefined) continue;
        if (ours === undefined) for (const listener of listeners) listener.seen(attempt);
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

function figuresOf({ mean, variance, count, surprises, atMs }: Cell): readonly number[] {
  return [mean, variance, count, surprises, atMs];
}

function cellOf([mean = 0, variance = 0, count = 0, surprises = 0, atMs = 0]: readonly number[]): Cell {
  return { mean, variance, count, surprises, atMs };
}
