import { compilePatterns } from '@ollama-coordinator/common';
import type { Audit } from '../audit/create-audit.js';
import type { Credentials } from '../credentials/open-credentials.js';
import { createAuditRoute } from '../http/audit-route.js';
import { createAuthenticate } from '../http/authenticate.js';
import { createAuditHandler } from '../http/handlers/audit-handler.js';
import { createJoinTokenHandlers } from '../http/handlers/join-token-handlers.js';
import { createKeyHandlers } from '../http/handlers/key-handlers.js';
import { createSessionHandlers } from '../http/handlers/session-handlers.js';
import { createJoinAddress } from '../http/join-address.js';
import { createOriginRules } from '../http/origin-rules.js';
import { createPeer } from '../http/peer.js';
import type { Usage } from '../usage/create-usage.js';
import type { PartContext } from './part-context.js';

/** Who is let in: what every request passes, and the routes about keys, sessions and the audit. */
export function wireDoor(
  { config, clock, log, tls }: PartContext,
  { keysOn, apiKeys, sessions, sessionEnds, joinTokens }: Credentials,
  { audit, usage }: { readonly audit: Audit; readonly usage: Usage },
) {
  const peer = createPeer(config.trustedProxies);
  const servesHost = config.hosts.length === 0 ? undefined : compilePatterns(config.hosts);
  return {
    door: {
      authenticate: createAuthenticate({ keysOn, apiKeys, clock, sessions, peer, servesHost }),
      originRules: createOriginRules(config.origins),
      auditRoute: createAuditRoute({ audit, peer, clock }),
    },
    handlers: {
      ...createAuditHandler({ audit }),
      ...createJoinTokenHandlers(joinTokens, createJoinAddress({ config, tls, peer })),
      ...createSessionHandlers({ keysOn, apiKeys, sessions, sessionEnds, peer, clock, log }),
      ...createKeyHandlers({ apiKeys, usage, clock }),
    },
  };
}
