/**
 * Every Redis key, spelled in one place. All share the hash tag `{oc}`, so that scripts and transactions work on a
 * Redis Cluster too. `prefix` stands before the tag and separates fleets (and tests) that share one Redis.
 */
export function redisKeys(prefix = '') {
  const base = `${prefix}{oc}`;
  return {
    schemaVersion: `${base}:schema-version`,
    /** String with PX: who migrates the data. */
    schemaLock: `${base}:schema-lock`,
    /** String: a random text that lives as long as the data. Another one, or none, means that Redis lost what it held. */
    epoch: `${base}:epoch`,
    /** Set of agent ids. */
    agents: `${base}:agents`,
    /** Hash: one agent's registration. */
    agent: (id: string) => `${base}:agent:${id}`,
    /** String with PX = TTL: the last heartbeat. Its absence is what offline means. */
    agentAlive: (id: string) => `${base}:agent:${id}:alive`,
    /** Stream that a directly publishing agent writes. */
    agentHeartbeats: (id: string) => `${base}:agent:${id}:heartbeats`,
    heartbeats: `${base}:heartbeats`,
    events: `${base}:events`,
    requests: `${base}:requests`,
    /** Stream of the last hundred: a request that some replica is to end, and that one did. */
    cancellations: `${base}:cancellations`,
    /** Hash: what was learned of speeds, lengths and demand, by that version of the fold, and the id of the last entry of `requests` in it. */
    learned: (version: number) => `${base}:learned:${version}`,
    /** Hash: sha256 of an API key → its record, JSON. */
    apiKeys: `${base}:api-keys`,
    /** Stream: each record that was written to it. */
    apiKeyChanges: `${base}:api-keys:changes`,
    /** Sorted set: sessions that were ended before their time, by when they would have ended. */
    endedSessions: `${base}:ended-sessions`,
    /** String with PX: a replica makes the first admin key. */
    firstKeyClaim: `${base}:api-keys:first`,
    /** Hash: setting → JSON of what an operator changed it to, and `revision`, which grows with each change. */
    settings: `${base}:settings`,
    /** Stream: who changed what. */
    audit: `${base}:audit`,
    /** Hash: what an API key used in a month (`2026-11`), by day, replica and model. */
    usage: (keyId: string, month: string) => `${base}:usage:${keyId}:${month}`,
    /** Hash: what replicas have claimed of one budget of an API key. */
    limit: (keyId: string, figure: string) => `${base}:limit:${keyId}:${figure}`,
    /** Hash: sha256 of a join token that an administrator made → its record, JSON. */
    joinTokens: `${base}:join-tokens`,
    /** String: sha256 of the join token. */
    joinToken: `${base}:join-token`,
    /** String: the public key that this fleet's coordinators sign with. */
    fleetKey: `${base}:fleet-key`,
    /** String with PX: which replica runs the hosted agent of that name. */
    hostedAgent: (name: string) => `${base}:hosted:${name}`,
    /** String with EX: the agent that this caller's uploads go to. */
    uploadHome: (caller: string) => `${base}:upload-home:${caller}`,
    /** Set with EX: the agents that a blob was uploaded to. */
    blob: (digest: string) => `${base}:blob:${digest}`,
    /** Hash: id of a placement → JSON. The field '' tells an empty one from one that Redis lost. */
    placements: `${base}:placements`,
    /** String with PX: the replica that carries placements out. */
    placementLease: `${base}:placement-lease`,
    /** What BullMQ's own keys begin with, as `{oc}:jobs:wait`. */
    bullPrefix: base,
    /** String: who cancelled that job. */
    jobCancelled: (id: string) => `${base}:job:${id}:cancelled`,
    /** Set of the requests that follow that job, or have. */
    jobCallers: (id: string) => `${base}:job:${id}:callers`,
    ...historyKeys(base),
    ...replicaKeys(base),
  } as const;
}
export type RedisKeys = ReturnType<typeof redisKeys>;

/** What replicas tell of themselves. */
function replicaKeys(base: string) {
  return {
    /** Set of replica ids. */
    replicas: `${base}:replicas`,
    /** String with PX: what waits at that replica, JSON. Absent: nothing does. */
    replicaQueue: (id: string) => `${base}:replica:${id}:queue`,
    /** String with PX: what runs at that replica and what ended last, JSON; while a dashboard of another one is open. */
    replicaRequests: (id: string) => `${base}:replica:${id}:requests`,
    /** String with PX: a dashboard of that replica is open. */
    replicaWatched: (id: string) => `${base}:replica:${id}:watched`,
    /** String that runs out when that replica no longer lives. */
    replica: (id: string) => `${base}:replica:${id}`,
  } as const;
}

/** The history beside its streams. */
function historyKeys(base: string) {
  return {
    /** Stream of one health sample a minute, kept as long as the history. */
    healthHistory: (id: string) => `${base}:health:${id}`,
    /** Hash: id of a request → what was asked and answered, JSON; the field '' counts their bytes. Only while that is switched on. */
    bodies: `${base}:bodies`,
    /** Sorted set: the ids of `bodies`, by when they were kept. */
    bodiesByTime: `${base}:bodies:by-time`,
    /** String: up to where the history is rolled up: id in `requests`, and the first health minute that is not. */
    rollupCursor: `${base}:rollup:cursor`,
    /** Hash: the figures of an hour or day that begins then, of the fleet, of each agent and of each model. */
    rollup: (period: string, startMs: number) => `${base}:rollup:${period}:${startMs}`,
  } as const;
}
