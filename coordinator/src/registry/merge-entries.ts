import type { AgentEntry } from './agent-entry.js';

/**
 * What this replica holds after reading an agent from Redis. Redis knows what other replicas wrote; this replica may know
 * a heartbeat or a watch record that came after `readAtMs` (monotonic), when the reading began, and what it could not
 * write while Redis was away.
 */
export function mergeEntries(known: AgentEntry | undefined, read: AgentEntry, readAtMs: number): AgentEntry {
  if (known === undefined || read.incarnation > known.incarnation) return read;
  if (read.incarnation < known.incarnation) return known;
  const isHeardSince = known.heardMs > readAtMs;
  const { sequence, heartbeat, metrics, lastSeenAtMs, load } =
    isHeardSince || read.heartbeat === undefined || known.sequence > read.sequence ? known : read;
  // A start joins once; heartbeats are written to Redis together, a moment after they are heard.
  const isBehind = isHeardSince || read.presence === 'joining';
  // The list is the one that the newest heartbeat names; an agent that names none has the one that Redis keeps.
  const isNamed = known.modelsDigest !== '' && known.modelsDigest === heartbeat?.models_digest;
  const { models, modelsDigest } = isHeardSince || isNamed || known.modelsDigest === read.modelsDigest ? known : read;
  return {
    ...known,
    ...(known.unsaved ? {} : { registration: read.registration, operator: read.operator }),
    registeredAtMs: read.registeredAtMs,
    presence: isBehind ? known.presence : read.presence,
    sequence,
    heartbeat,
    metrics,
    lastSeenAtMs,
    load: known.watch === 'open' ? known.load : load,
    models,
    modelsDigest,
    heardMs: read.heartbeat === undefined ? known.heardMs : Math.max(known.heardMs, read.heardMs),
  };
}
