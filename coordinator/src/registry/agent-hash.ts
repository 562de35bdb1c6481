import { agentPatchSchema, type HealthCheckRequest, healthCheckRequestSchema, modelSchema, wordOf } from '@ollama-coordinator/common';
import { z } from 'zod';
import {
  type AgentEntry,
  type Heard,
  type OperatorFields,
  type Registration,
  withHeartbeat,
  withModels,
  withRegistration,
} from './agent-entry.js';

/** A longer one is none, posted or in Redis: this is room for a list of 10,000 models. */
export const HEARTBEAT_LIMIT_BYTES = 4_194_304;

/** The fields of `{oc}:agent:<id>`, all texts. */
export type AgentHash = Readonly<Record<string, string>>;

const registrationSchema = z.object({
  machineName: z.string(),
  address: z.string(),
  transport: wordOf(['direct', 'tunnel'], 'direct'),
  protocolVersion: z.number(),
  ollamaVersion: z.string(),
  ollamaId: z.string().optional(),
  heartbeatMs: z.number(),
  slots: z.number(),
  labels: z.record(z.string(), z.string()),
  certificate: z.string().optional(),
  credential: z.string().optional(),
  shownCredential: z.string().optional(),
  needsApproval: z.boolean().optional(),
});
const presenceSchema = wordOf(['joining', 'online', 'offline'], 'joining').catch('joining');
const modelsSchema = z.array(modelSchema);
/** What a `Date` can hold. */
const LATEST_MS = 8.64e15;

/** An operator's decisions as fields; '' removes one. */
export function operatorToHash(operator: OperatorFields): Record<string, string> {
  const { name, labels, weight, tier, draining, approved, revoked, generation } = operator;
  return {
    ...(name === undefined ? {} : { operator_name: name }),
    ...(labels === undefined ? {} : { operator_labels: JSON.stringify(labels) }),
    ...(weight === undefined ? {} : { operator_weight: String(weight) }),
    ...(tier === undefined ? {} : { operator_tier: String(tier) }),
    ...(draining === undefined ? {} : { draining: draining ? '1' : '' }),
    ...(approved === undefined ? {} : { approved: approved ? '1' : '' }),
    ...(revoked === undefined ? {} : { revoked: revoked ? '1' : '' }),
    ...(generation === undefined ? {} : { credential_generation: String(generation) }),
  };
}

export function entryToHash(entry: AgentEntry): Record<string, string> {
  return {
    incarnation: String(entry.incarnation),
    registration: JSON.stringify(entry.registration),
    machine_name: entry.registration.machineName,
    registered_at: String(entry.registeredAtMs),
    presence: entry.presence,
    models: JSON.stringify([...entry.models.values()]),
    models_digest: entry.modelsDigest,
    ...operatorToHash(entry.operator),
  };
}

/**
 * The entry that Redis holds: the hash, and the last heartbeat where it is not older than the TTL. Undefined where the hash
 * is absent or not readable. `known` lends its map of models where the digest is the same.
 */
export function entryFromHash(
  id: string,
  hash: AgentHash,
  alive: string | null,
  heard: Heard,
  known: AgentEntry | undefined,
): AgentEntry | undefined {
  const registration = parseJson(registrationSchema, hash.registration);
  const incarnation = wholeNumber(hash.incarnation);
  if (registration === undefined || incarnation === undefined) return undefined;
  const base: AgentEntry = {
    ...withRegistration(undefined, { id, incarnation, registration: withoutAbsent(registration) satisfies Registration }, heard),
    registeredAtMs: wholeNumber(hash.registered_at, LATEST_MS) ?? heard.wallMs,
    operator: operatorFromHash(hash),
    presence: presenceSchema.parse(hash.presence),
    ...modelsFromHash(hash, known),
  };
  const heartbeat = parseHeartbeat(alive);
  if (heartbeat?.agent_id !== id || heartbeat.incarnation !== base.incarnation) return base;
  return { ...withHeartbeat(base, heartbeat, heard, false), presence: base.presence };
}

/** Undefined where the text is none, so that a broken entry cannot become an agent that nobody can show. */
function wholeNumber(text: string | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined {
  return text !== undefined && /^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function withoutAbsent({
  ollamaId,
  certificate,
  credential,
  shownCredential,
  needsApproval,
  ...said
}: z.output<typeof registrationSchema>) {
  return {
    ...said,
    ...(ollamaId === undefined ? {} : { ollamaId }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(credential === undefined ? {} : { credential }),
    ...(shownCredential === undefined ? {} : { shownCredential }),
    ...(needsApproval === undefined ? {} : { needsApproval }),
  };
}

/** Undefined where the text is no heartbeat. */
export function parseHeartbeat(text: string | null | undefined): HealthCheckRequest | undefined {
  return parseJson(healthCheckRequestSchema, text);
}

function operatorFromHash(hash: AgentHash): OperatorFields {
  const { operator_name, operator_labels, operator_weight, operator_tier, draining, approved, revoked, credential_generation } = hash;
  const patch = agentPatchSchema.safeParse({
    ...(operator_name === undefined ? {} : { name: operator_name }),
    ...(operator_labels === undefined ? {} : { labels: parseJson(z.record(z.string(), z.string()), operator_labels) }),
    ...(operator_weight === undefined ? {} : { weight: Number(operator_weight) }),
    ...(operator_tier === undefined ? {} : { tier: Number(operator_tier) }),
  });
  return {
    ...(patch.success ? patch.data : {}),
    draining: draining === '1',
    ...(approved === '1' ? { approved: true } : {}),
    ...(revoked === '1' ? { revoked: true } : {}),
    ...(credential_generation === undefined ? {} : { generation: Number(credential_generation) }),
  };
}

function modelsFromHash(hash: AgentHash, known: AgentEntry | undefined): Pick<AgentEntry, 'models' | 'modelsDigest'> {
  const digest = hash.models_digest ?? '';
  if (known !== undefined && digest !== '' && known.modelsDigest === digest) return { models: known.models, modelsDigest: digest };
  const models = parseJson(modelsSchema, hash.models);
  return models === undefined
    ? { models: new Map(), modelsDigest: '' }
    : withModels({ models: new Map(), modelsDigest: '' }, models, digest);
}

function parseJson<Schema extends z.ZodType>(schema: Schema, text: string | null | undefined): z.output<Schema> | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
