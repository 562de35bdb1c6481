import type { Clock, Timer } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import type { Caller } from '../../credentials/caller.js';
import { createBank } from './bank.js';
import type { Bank } from './claims.js';
import { KeyMeters, type Permit } from './key-meters.js';

export interface KeyLimitsDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly replicas: () => number;
  readonly bank?: Bank;
}

export interface LimitKeys {
  /** Undefined for a caller without limits. Rejects with RATE_LIMIT_EXCEEDED. */
  admit(caller: Caller): Promise<Permit> | undefined;
  stop(): void;
}

const TICK_MS = 250;

/** What API keys may use, over all replicas, without asking Redis per request. */
export function createKeyLimits({ redis, keys, replicaId, clock, replicas, bank: given }: KeyLimitsDeps): LimitKeys {
  const bank = given ?? createBank({ redis, replicaId, clock, replicas });
  const meters = new Map<string, KeyMeters>();
  let timer: Timer | undefined;

  /** Runs while a key has something in use or to tell. */
  const tick = () => {
    for (const [id, meter] of meters) if (!meter.tick()) meters.delete(id);
    timer = meters.size > 0 ? clock.setTimeout(tick, TICK_MS) : undefined;
  };
  return {
    admit({ key }) {
      if (key === undefined || !key.isLimited) return undefined;
      const known = meters.get(key.id) ?? new KeyMeters({ keyId: key.id, keys, bank, clock });
      meters.set(key.id, known);
      timer ??= clock.setTimeout(tick, TICK_MS);
      known.setLimits(key.limits);
      return known.admit();
    },
    stop: () => timer?.cancel(),
  };
}
