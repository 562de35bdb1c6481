import { AppError, type Clock, createKeySchema, normalizeModelName, patchKeySchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { toKeyInfo } from '../../credentials/api-key.js';
import type { ApiKeys } from '../../credentials/api-keys.js';
import type { Usage } from '../../usage/create-usage.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

export interface KeyHandlersDeps {
  readonly apiKeys: Pick<ApiKeys, 'all' | 'isAlive' | 'create' | 'change' | 'revoke'>;
  readonly usage: Pick<Usage, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
}

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS = 30;
/** More days than usage is kept. */
const MOST_DAYS = 366;

const daySchema = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => new Date(text));
const usageQuerySchema = z.strictObject({
  /** Id or name. */
  key: z.string().optional(),
  model: z.string().optional(),
  since: daySchema.optional(),
  until: daySchema.optional(),
});
const listQuerySchema = z.strictObject({ dead: z.enum(['true', 'false']).default('false') });

type KeyHandlerName = 'listKeys' | 'createKey' | 'changeKey' | 'revokeKey' | 'keyUsage';

/** The keys of the fleet, for administrators; what a key used, for its holder too. */
export function createKeyHandlers({ apiKeys, usage, clock }: KeyHandlersDeps): Pick<ApiHandlers, KeyHandlerName> {
  return {
    listKeys: (req, res) => {
      const { dead } = parseInput(listQuerySchema, req.query);
      const listed = [...apiKeys.all()].filter((key) => dead === 'true' || apiKeys.isAlive(key));
      listed.sort((one, other) => one.stored.created_at.localeCompare(other.stored.created_at) || one.id.localeCompare(other.id));
      res.json({ keys: listed.map(toKeyInfo) });
    },
    createKey: async (req, res, { audit }) => {
      const { key, secret } = await apiKeys.create(parseInput(createKeySchema, req.body));
      Object.assign(audit, { target: key.id, detail: `${key.name}: ${[...key.scopes].join(', ')}` });
      res.setHeader('cache-control', 'no-store');
      res.status(201).json({ ...toKeyInfo(key), key: secret });
    },
    changeKey: async (req, res, { audit }) => {
      const patch = parseInput(patchKeySchema, req.body);
      audit.detail = Object.keys(patch).join(', ');
      res.json(toKeyInfo(await apiKeys.change(String(req.params.id), patch)));
    },
    revokeKey: async (req, res) => {
      await apiKeys.revoke(String(req.params.id));
      res.status(204).end();
    },
    keyUsage: async (req, res, { caller }) => {
      const { key: wanted, model, since, until = new Date(clock.now()) } = parseInput(usageQuerySchema, req.query);
      const from = since ?? new Date(until.getTime() - DEFAULT_DAYS * DAY_MS);
      if (until.getTime() - from.getTime() > MOST_DAYS * DAY_MS) throw tooLong();
      const seen = caller.scopes.has('admin') ? [...apiKeys.all()] : caller.key ? [caller.key] : [];
      const of = wanted === undefined ? seen : seen.filter(({ id, name }) => id === wanted || name === wanted);
      if (wanted !== undefined && of.length === 0) throw new AppError('UNKNOWN_KEY', { details: { key: wanted } });
      const name = model === undefined ? undefined : normalizeModelName(model);
      res.json({ usage: await usage.read({ of, since: from, until, model: name }) });
    },
  };
}

function tooLong(): AppError {
  return new AppError('BAD_REQUEST', { details: { reason: `since: lies more than ${MOST_DAYS} days before until` } });
}
