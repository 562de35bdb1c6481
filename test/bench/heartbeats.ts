import { randomUUID } from 'node:crypto';
import { silentLogger } from '@ollama-coordinator/common';
import { createRegistry } from '#coordinator/registry/create-registry.js';
import { buildHeartbeat, buildRegistration } from '../support/build-agent.js';
import { startRedis } from '../support/start-redis.js';

/**
 * What a fleet's heartbeats cost the registry alone: `node test/dist/bench/heartbeats.js [agents] [seconds]`. Calls the
 * registry in this process, without HTTP, against a real Redis; a second replica elsewhere writes nothing.
 * Bar: 10 % of one core and 50 MB, of which HTTP needs its part too.
 */
const [agents = 1000, seconds = 20] = process.argv.slice(2).map(Number);
const HEARTBEAT_MS = 5000;
const MODELS = Array.from({ length: 20 }, (_, index) => ({ name: `model-${index}:8b`, digest: `sha256:${index}`, size_bytes: 5e9 }));

const redis = await startRedis();
const registry = createRegistry({
  redisUrl: redis.url,
  redisPrefix: `bench-${randomUUID()}:`,
  replicaId: 'bench',
  agentTtlMs: 15_000,
  kept: { historyDays: 7, healthDays: 30, historyBytes: 1e9 },
  log: silentLogger,
});
await registry.start();
global.gc?.();
const rssBefore = process.memoryUsage.rss();

const bodies = Array.from({ length: agents }, (_, index) =>
  buildHeartbeat({
    agent_id: `agent-${index}`,
    models_digest: `digest-${index % 3}`,
    models: MODELS,
    metrics: { cpu: 0.3, memory: 0.4, memory_bytes: 64e9, gpus: [{ name: 'GPU', load: 0.5, vram_bytes: 24e9, vram_used_bytes: 9e9 }] },
    runners: [{ model: 'model-1:8b', signature: 'model-1:8b', slots: 4, in_flight: 1, vram_bytes: 6e9 }],
    in_flight: { bench: 1 },
  }),
);
const registeringMs = performance.now();
for (const body of bodies) await registry.register(buildRegistration({ agent_id: body.agent_id, heartbeat_ms: HEARTBEAT_MS }));
await Promise.all(bodies.map((body) => registry.heartbeat(body)));
console.log(`${agents} agents registered and heard once in ${Math.round(performance.now() - registeringMs)} ms`);

let sequence = 1;
let sent = 0;
let snapshots = 0;
registry.onChange(() => {
  snapshots += 1;
});

/** Calls `each` for every agent, evenly over the heartbeat interval, for so many seconds. Returns the CPU time per call, in microseconds. */
async function pace(forSeconds: number, each: (body: (typeof bodies)[number]) => void): Promise<number> {
  const startedMs = performance.now();
  const startCpu = process.cpuUsage();
  let calls = 0;
  while (performance.now() - startedMs < forSeconds * 1000) {
    sequence += 1;
    const roundMs = performance.now();
    for (const [index, body] of bodies.entries()) {
      const waitMs = roundMs + (index * HEARTBEAT_MS) / agents - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      each(body);
      calls += 1;
    }
  }
  const { user, system } = process.cpuUsage(startCpu);
  return (user + system) / calls;
}

const idleUs = await pace(HEARTBEAT_MS / 1000, () => {});
const startedMs = performance.now();
// Agents do not wait for each other.
const perHeartbeatUs = await pace(seconds, ({ models: _, ...body }) => {
  void registry.heartbeat({ ...body, sequence }).then(() => {
    sent += 1;
  });
});
const elapsedS = (performance.now() - startedMs) / 1000;
global.gc?.();
console.log(`${sent} heartbeats in ${elapsedS.toFixed(1)} s, ${snapshots} snapshots`);
console.log(`CPU ${((sent * perHeartbeatUs) / elapsedS / 1e4).toFixed(1)} % of one core, ${perHeartbeatUs.toFixed(0)} µs per heartbeat`);
console.log(`of which ${idleUs.toFixed(0)} µs to wake up for it, and what an idle fleet of that size costs`);
console.log(`RSS ${((process.memoryUsage.rss() - rssBefore) / 1e6).toFixed(0)} MB more than before the agents`);
await registry.stop();
await redis.close();
