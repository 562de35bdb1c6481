import { createKeySchema, patchKeySchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { toKeyInfo } from '../../credentials/api-key.js';
import type { ApiKeys } from '../../credentials/api-keys.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

export interface KeyHandlersDeps {
  readonly apiKeys: Pick<ApiKeys, 'all' | 'isAlive' | 'create' | 'change' | 'revoke'>;
}

const listQuerySchema = z.strictObject({ dead: z.enum(['true', 'false']).default('false') });

/** The keys of the fleet, for administrators. */
export function createKeyHandlers({ apiKeys }: KeyHandlersDeps): Pick<ApiHandlers, 'listKeys' | 'createKey' | 'changeKey' | 'revokeKey'> {
  return {
    listKeys: (req, res) => {
      const { dead } = parseInput(listQuerySchema, req.query);
      const listed = [...apiKeys.all()].filter((key) => dead === 'true' || apiKeys.isAlive(key));
      listed.sort((one, other) => one.stored.created_at.localeCompare(other.stored.created_at) || one.id.localeCompare(other.id));
      res.json({ keys: listed.map(toKeyInfo) });
    },
    createKey: async (req, res) => {
      const { key, secret } = await apiKeys.create(parseInput(createKeySchema, req.body));
      res.setHeader('cache-control', 'no-store');
      res.status(201).json({ ...toKeyInfo(key), key: secret });
    },
    changeKey: async (req, res) => {
      res.json(toKeyInfo(await apiKeys.change(String(req.params.id), parseInput(patchKeySchema, req.body))));
    },
    revokeKey: async (req, res) => {
      await apiKeys.revoke(String(req.params.id));
      res.status(204).end();
    },
  };
}
