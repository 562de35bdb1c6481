import { createJoinTokenSchema, formatJoinLink } from '@ollama-coordinator/common';
import type { JoinTokens } from '../../credentials/join-tokens.js';
import type { ApiHandlers } from '../api-app.js';
import type { JoinAddress } from '../join-address.js';
import { parseInput } from '../parse-input.js';

type JoinTokenHandlerName = 'listJoinTokens' | 'createJoinToken' | 'revokeJoinToken';

/** The tokens that agents join with, for administrators. */
export function createJoinTokenHandlers(
  joinTokens: Pick<JoinTokens, 'list' | 'create' | 'revoke'>,
  joinAddress: JoinAddress,
): Pick<ApiHandlers, JoinTokenHandlerName> {
  return {
    listJoinTokens: async (_req, res) => {
      res.json({ join_tokens: await joinTokens.list() });
    },
    createJoinToken: async (req, res, { audit }) => {
      const { coordinator_url: wantedUrl, ...wanted } = parseInput(createJoinTokenSchema, req.body);
      const { info, token } = await joinTokens.create(wanted);
      Object.assign(audit, { target: info.id, detail: `${info.name}: ${info.uses ?? 'any number of'} uses` });
      res.setHeader('cache-control', 'no-store');
      res.status(201).json({ ...info, token, link: formatJoinLink({ ...joinAddress(req, wantedUrl), token }) });
    },
    revokeJoinToken: async (req, res, { audit }) => {
      const { id, name } = await joinTokens.revoke(String(req.params.id));
      Object.assign(audit, { target: id, detail: name });
      res.status(204).end();
    },
  };
}
