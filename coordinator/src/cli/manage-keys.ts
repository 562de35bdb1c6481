import {
  AppError,
  createdKeySchema,
  type KeyInfo,
  type KeyLimits,
  type KeyUsage,
  keyInfoSchema,
  keyUsageSchema,
} from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { readList, readMoment, readNumber } from './read-flags.js';
import { type Column, showTable } from './show-table.js';

const KEYS_PATH = '/api/coordinator/keys';
/** Flag → its field among the limits. */
const LIMIT_FLAGS: Readonly<Record<string, keyof KeyLimits>> = {
  'requests-per-minute': 'requests_per_minute',
  'tokens-per-minute': 'tokens_per_minute',
  'tokens-per-day': 'tokens_per_day',
  concurrency: 'concurrency',
};

export const KEY_FLAGS = ['name', 'scopes', 'models', 'agents', 'expires', ...Object.keys(LIMIT_FLAGS)];
export const KEYS_USAGE = [
  'keys create --name N [--scopes infer,read,operate,admin] [--models "llama3*,qwen3:8b"] [--agents "gpu-*,room=lab"] [--expires 30d]',
  '            [--requests-per-minute N] [--tokens-per-minute N] [--tokens-per-day N] [--concurrency N]',
  'keys list',
  'keys revoke NAME',
  'keys usage [NAME]',
];

const listSchema = z.object({ keys: z.array(keyInfoSchema) });

const COLUMNS: readonly Column<KeyInfo>[] = [
  ['ID', (key) => key.id],
  ['NAME', (key) => key.name],
  ['SCOPES', (key) => key.scopes.join(',')],
  ['MODELS', (key) => key.models?.join(',') ?? '*'],
  ['AGENTS', (key) => key.agents?.join(',') ?? '*'],
  ['LIMITS', (key) => describeLimits(key.limits)],
  ['EXPIRES', (key) => key.expires_at ?? 'never'],
  ['CREATED', (key) => key.created_at],
];

const usageSchema = z.object({ usage: z.array(keyUsageSchema) });
const USAGE_COLUMNS: readonly Column<KeyUsage>[] = [
  ['DAY', (row) => row.day],
  ['KEY', (row) => row.key_name],
  ['MODEL', (row) => row.model],
  ['REQUESTS', (row) => String(row.requests)],
  ['FAILED', (row) => String(row.failed)],
  ['PROMPT TOKENS', (row) => String(row.prompt_tokens)],
  ['OUTPUT TOKENS', (row) => String(row.output_tokens)],
];

/** `ollama-coordinator keys create|list|revoke|usage`. The clear text of a key stands alone on standard output, once. */
export async function manageKeys(flags: Flags, env: Env, [action = 'list', ...names]: readonly string[]): Promise<number> {
  if (action === 'list' && names.length === 0) showTable(COLUMNS, await listKeys(flags, env));
  else if (action === 'create' && names.length === 0) await createKey(flags, env);
  else if (action === 'revoke' && names.length === 1) await revokeKey(names[0] ?? '', flags, env);
  else if (action === 'usage' && names.length <= 1) await showUsage(names[0], flags, env);
  else throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these:\n  ${KEYS_USAGE.join('\n  ')}` } });
  return 0;
}

async function createKey(flags: Flags, env: Env): Promise<void> {
  const limits = Object.entries(LIMIT_FLAGS).map(([flag, field]) => [field, readNumber(flag, flags[flag])]);
  const wanted = {
    name: flags.name,
    scopes: readList(flags.scopes),
    models: readList(flags.models),
    agents: readList(flags.agents),
    expires_at: readMoment('expires', flags.expires, Date.now()),
    limits: Object.fromEntries(limits),
  };
  const { key, ...info } = createdKeySchema.parse(await askCoordinator(KEYS_PATH, flags, env, 'POST', wanted));
  process.stderr.write(`API key "${info.name}" (${info.id}), shown this once:\n`);
  process.stdout.write(`${key}\n`);
}

/** By name or id. */
async function revokeKey(name: string, flags: Flags, env: Env): Promise<void> {
  const found = (await listKeys(flags, env)).find((key) => key.name === name || key.id === name);
  if (!found) throw new AppError('UNKNOWN_KEY', { details: { key: name } });
  await askCoordinator(`${KEYS_PATH}/${found.id}`, flags, env, 'DELETE');
  process.stdout.write(`API key "${found.name}" (${found.id}) is revoked\n`);
}

/** Of the last 30 days. */
async function showUsage(name: string | undefined, flags: Flags, env: Env): Promise<void> {
  const query = name === undefined ? '' : `?${new URLSearchParams({ key: name })}`;
  const { usage } = usageSchema.parse(await askCoordinator(`${KEYS_PATH}/usage${query}`, flags, env));
  showTable(USAGE_COLUMNS, usage);
}

async function listKeys(flags: Flags, env: Env): Promise<readonly KeyInfo[]> {
  return listSchema.parse(await askCoordinator(KEYS_PATH, flags, env)).keys;
}

function describeLimits(limits: KeyLimits): string {
  const words: Readonly<Record<keyof KeyLimits, string>> = {
    requests_per_minute: 'requests/min',
    tokens_per_minute: 'tokens/min',
    tokens_per_day: 'tokens/day',
    concurrency: 'at once',
  };
  const parts = Object.entries(limits).map(([field, value]) => `${value} ${words[field as keyof KeyLimits]}`);
  return parts.join(', ') || '-';
}
