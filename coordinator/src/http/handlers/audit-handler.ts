import { z } from 'zod';
import type { Audit } from '../../audit/create-audit.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

const querySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().optional(),
  actor: z.string().optional(),
  action: z.string().optional(),
});

/** Who changed what. */
export function createAuditHandler({ audit }: { readonly audit: Pick<Audit, 'read'> }): Pick<ApiHandlers, 'listAudit'> {
  return {
    listAudit: async (req, res) => {
      res.json(await audit.read(parseInput(querySchema, req.query)));
    },
  };
}
