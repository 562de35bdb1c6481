import {
  compilePatterns,
  type KeyInfo,
  type KeyLimits,
  keyLimitsSchema,
  keyScopeSchema,
  type Matches,
  normalizeModelName,
} from '@ollama-coordinator/common';
import { z } from 'zod';
import type { Scope } from '../http/routes.js';

/** A key as Redis holds it, under the SHA-256 of its clear text. A later version adds fields; those are kept. */
export const storedKeySchema = z.looseObject({
  /** Absent in records of the first version, which have their hash's beginning for an id. */
  id: z.string().optional(),
  name: z.string(),
  scopes: z.array(keyScopeSchema),
  models: z.array(z.string()).optional(),
  agents: z.array(z.string()).optional(),
  expires_at: z.string().optional(),
  limits: keyLimitsSchema.default({}),
  created_at: z.string(),
  revoked_at: z.string().optional(),
  configured: z.boolean().optional(),
  /** Grows with each change. */
  version: z.number().int().default(0),
});
export type StoredKey = z.infer<typeof storedKeySchema>;

/** An agent as far as a key's list may name it. */
export interface NamedAgent {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A key ready for use. Never changed: a change makes another one. */
export interface ApiKey {
  readonly id: string;
  readonly hash: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly limits: KeyLimits;
  readonly isLimited: boolean;
  /** Undefined: every model, every agent. */
  readonly allowsModel: Matches | undefined;
  readonly allowsAgent: ((agent: NamedAgent) => boolean) | undefined;
  /** Callers with the same text here may use the same agents. */
  readonly agentsText: string | undefined;
  readonly expiresAtMs: number;
  readonly stored: StoredKey;
}

/** Undefined for what is no record of a key. */
export function readStoredKey(json: string): StoredKey | undefined {
  try {
    const parsed = storedKeySchema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function toApiKey(hash: string, stored: StoredKey): ApiKey {
  const { models, agents, expires_at: expiresAt } = stored;
  return {
    id: stored.id ?? hash.slice(0, 12),
    hash,
    name: stored.name,
    scopes: new Set<Scope>(stored.scopes),
    limits: stored.limits,
    isLimited: Object.values(stored.limits).some((limit) => limit !== undefined),
    allowsModel: models && compilePatterns(models.map((model) => (model.includes('*') ? model : normalizeModelName(model)))),
    allowsAgent: agents && compileAgents(agents),
    agentsText: agents?.toSorted().join('\n'),
    expiresAtMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    stored,
  };
}

/** Why a key that is known is not good any more. */
export function whyDead({ stored, expiresAtMs }: ApiKey, nowMs: number): 'was revoked' | 'has expired' | undefined {
  if (stored.revoked_at !== undefined) return 'was revoked';
  return nowMs >= expiresAtMs ? 'has expired' : undefined;
}

/** The later of two records of one key, whoever wrote them: what was revoked stays revoked, else the higher version counts. */
export function laterOf(one: StoredKey, other: StoredKey): StoredKey {
  if ((one.revoked_at === undefined) !== (other.revoked_at === undefined)) return one.revoked_at === undefined ? other : one;
  return other.version > one.version ? other : one;
}

/** What an administrator sees of it. */
export function toKeyInfo({ id, stored }: ApiKey): KeyInfo {
  const { name, scopes, models, agents, expires_at, limits, created_at, revoked_at, configured } = stored;
  return {
    id,
    name,
    scopes,
    ...(models === undefined ? {} : { models }),
    ...(agents === undefined ? {} : { agents }),
    ...(expires_at === undefined ? {} : { expires_at }),
    limits,
    created_at,
    ...(revoked_at === undefined ? {} : { revoked_at }),
    ...(configured === undefined ? {} : { configured }),
  };
}

/** By id, by name, or, where there is a sign in it, by label as `room=lab`. */
function compileAgents(patterns: readonly string[]): (agent: NamedAgent) => boolean {
  const byName = compilePatterns(patterns.filter((pattern) => !pattern.includes('=')));
  const byLabel = compilePatterns(patterns.filter((pattern) => pattern.includes('=')));
  return ({ id, name, labels }) =>
    byName(id) || byName(name) || Object.entries(labels).some(([label, value]) => byLabel(`${label}=${value}`));
}
