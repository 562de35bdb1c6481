import {
  AppError,
  type Clock,
  type CoordinatorConfig,
  describeCause,
  type Logger,
  RUNTIME_SETTINGS,
  type SettingOrigins,
  type SettingsView,
  type Timer,
  tomlKey,
} from '@ollama-coordinator/common';
import { type Changes, readPatch, readStored } from './read-changes.js';
import { createSettingsState, type Prepared, type SettingsState } from './settings-state.js';
import type { SettingsStore, StoredSettings } from './settings-store.js';
import { showSettings } from './show-settings.js';

export interface SettingsDeps {
  readonly config: CoordinatorConfig;
  readonly origins: SettingOrigins;
  readonly store: SettingsStore;
  readonly replicaId: string;
  readonly clock: Pick<Clock, 'setInterval'>;
  readonly log: Logger;
}

/** The settings in force: those configured, and over them those that operators changed, which all replicas share through Redis. */
export interface Settings extends Pick<SettingsState, 'values' | 'changed' | 'prepareWith' | 'fallBack'> {
  show(): SettingsView;
  /** For all replicas; null goes back to what is configured. Throws BAD_REQUEST with the path of each bad value, or SETTINGS_UNAVAILABLE. */
  change(patch: Readonly<Record<string, unknown>>): Promise<void>;
  /** Reads what operators changed, and again and again from then on. Rejects while Redis is away. */
  start(): Promise<void>;
  /** Something changed in Redis, or Redis is back. */
  readSoon(): void;
  stop(): Promise<void>;
}

/** A change is told by an event; one that was missed shows when the keys are read again. */
const READ_MS = 5000;

export function createSettings({ config, origins, store, replicaId, clock, log }: SettingsDeps): Settings {
  const state = createSettingsState(config);
  let known: StoredSettings = { revision: 0, values: new Map() };
  let working: Promise<unknown> = Promise.resolve();
  let timer: Timer | undefined;

  /** One after the other: a change must not overtake another that is loading a plugin. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = working.then(work);
    working = next.catch(() => undefined);
    return next;
  }

  async function read(): Promise<void> {
    const stored = await store.read();
    if (stored.revision < known.revision) await store.restore(known);
    if (stored.revision > known.revision) await adopt(stored);
  }

  /** Takes over what Redis has. What cannot be used here leaves the value before in force. */
  async function adopt(stored: StoredSettings): Promise<void> {
    const before = known.values;
    known = stored;
    for (const key of RUNTIME_SETTINGS) {
      const json = stored.values.get(tomlKey(key));
      if (json === before.get(tomlKey(key)) && !state.problems.has(key)) continue;
      try {
        const prepared = await state.prepare(key, readStored(key, json));
        prepared.commit();
      } catch (failure) {
        state.refuse(key, failure);
        log.error({ setting: tomlKey(key), err: failure }, 'a setting that an operator changed cannot be used here');
      }
    }
  }

  async function change(patch: Readonly<Record<string, unknown>>): Promise<void> {
    const changes = readPatch(patch);
    const prepared = await prepareAll(state, changes);
    const stored = new Map([...changes].map(([key, value]) => [tomlKey(key), value === undefined ? undefined : JSON.stringify(value)]));
    try {
      remember(stored, await store.change(stored));
    } catch (cause) {
      await discardAll(prepared);
      throw new AppError('SETTINGS_UNAVAILABLE', { cause });
    }
    for (const one of prepared) one.commit();
    log.info({ settings: [...stored.keys()] }, 'an operator changed settings');
  }

  /** What others changed meanwhile is read later: their revision is not known until then. */
  function remember(stored: ReadonlyMap<string, string | undefined>, revision: number): void {
    const values = new Map(known.values);
    for (const [name, json] of stored) {
      if (json === undefined) values.delete(name);
      else values.set(name, json);
    }
    known = { revision: revision === known.revision + 1 ? revision : known.revision, values };
  }

  const readSoon = () => void inTurn(read).catch(() => undefined);
  return {
    ...state,
    show: () => ({ replica: replicaId, revision: known.revision, settings: showSettings({ config, origins, ...state }) }),
    change: (patch) => inTurn(() => change(patch)),
    async start() {
      await inTurn(read);
      timer = clock.setInterval(readSoon, READ_MS);
    },
    readSoon,
    async stop() {
      timer?.cancel();
      await working;
    },
  };
}

/** All or none. Throws BAD_REQUEST where one cannot be used. */
async function prepareAll(state: SettingsState, changes: Changes): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const [key, value] of changes) {
    try {
      prepared.push(await state.prepare(key, value));
    } catch (cause) {
      await discardAll(prepared);
      throw new AppError('BAD_REQUEST', { details: { reason: `${tomlKey(key)}: ${describeCause(cause)}` }, cause });
    }
  }
  return prepared;
}

async function discardAll(prepared: readonly Prepared[]): Promise<void> {
  await Promise.allSettled(prepared.map(async (one) => one.discard()));
}
