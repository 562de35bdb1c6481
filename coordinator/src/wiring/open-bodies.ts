import { type BodyStore, createBodyStore } from '../history/bodies/body-store.js';
import { createKeepBodies, type KeepBodies } from '../history/bodies/keep-bodies.js';
import { loadRedactor } from '../history/bodies/load-redactor.js';
import { createRedact } from '../history/bodies/redact.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';

const HOUR_MS = 3_600_000;

export interface Bodies {
  /** What was kept may be read after it is switched off. */
  readonly store: BodyStore;
  /** Undefined while it is switched off. */
  readonly keep: KeepBodies | undefined;
}

/** Where bodies of requests are kept, if they are. Throws BAD_REDACTOR. */
export async function openBodies({ config, clock, log }: PartContext, { redis, keys }: Store): Promise<Bodies> {
  const { historyBodies, historyBodyBytes, historyBodiesBytes, historyBodyHours, historyRedact, historyRedactor } = config;
  const store = createBodyStore({ redis, keys, keptMs: historyBodyHours * HOUR_MS, mostBytes: historyBodiesBytes, clock });
  if (historyBodies === 'off') return { store, keep: undefined };
  const hook = historyRedactor === undefined ? undefined : await loadRedactor(historyRedactor, [process.cwd(), config.dataDir]);
  const rules = historyRedact.map((text) => new RegExp(text, 'gu'));
  const redact = createRedact(rules, hook);
  return { store, keep: createKeepBodies({ store, redact, mostBytes: historyBodyBytes, clock, log: log.child({ part: 'bodies' }) }) };
}
