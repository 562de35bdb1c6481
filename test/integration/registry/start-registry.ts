import { randomUUID } from 'node:crypto';
import { type FleetEvent, silentLogger } from '@ollama-coordinator/common';
import { createRegistry, type Registry, type RegistryDeps } from '#coordinator/registry/create-registry.js';

/** A key prefix of one test, so that tests may share a Redis. */
export const ownPrefix = (): string => `test-${randomUUID()}:`;

export interface TestRegistry extends Registry {
  /** What onEvent told since the start, as `type agent`. */
  readonly told: string[];
}

/** A running registry with intervals short enough for a test. */
export async function startRegistry(fields: Partial<RegistryDeps> & Pick<RegistryDeps, 'redisUrl' | 'redisPrefix'>): Promise<TestRegistry> {
  const registry = createRegistry({
    replicaId: 'replica-1',
    agentTtlMs: 300,
    kept: { historyDays: 7, healthDays: 30, historyBytes: 1e9 },
    log: silentLogger,
    ...fields,
  });
  const told: string[] = [];
  registry.onEvent((event: FleetEvent) => told.push(`${event.type} ${event.agent_id ?? ''}`));
  await registry.start();
  return Object.assign(registry, { told });
}

/** Sends a heartbeat every `everyMs` as an agent does, until stopped; errors are left to the assertions. */
export function beat(send: () => Promise<unknown>, everyMs = 50): () => void {
  const timer = setInterval(() => void send().catch(() => {}), everyMs);
  return () => clearInterval(timer);
}
