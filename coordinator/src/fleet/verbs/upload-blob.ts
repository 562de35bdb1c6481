import { AppError } from '@ollama-coordinator/common';
import type { VerbHandler } from '../../http/handle-verb.js';
import type { RequestContext } from '../../http/request-context.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { askWhole } from '../every-agent.js';
import { agentsFor } from '../find-agents.js';
import { sendAnswer } from '../relay-answer.js';
import { whenAway } from '../when-away.js';
import { badRequest, type VerbDeps } from './verb-deps.js';

/** Ollama takes both spellings; the first is the usual one. */
const DIGEST = /^sha256[:-][0-9a-fA-F]{64}$/;

/** `HEAD /api/blobs/:digest`: whether the caller's home has it. What is missing there has to be uploaded there. */
export function createHeadBlob(deps: VerbDeps): VerbHandler {
  return async (context) => {
    const { digest, path } = blobOf(context);
    const home = await homeFor(context, deps);
    const question = { method: 'HEAD', path, requestId: context.id, timeoutMs: deps.verbTimeoutMs } as const;
    const answer = await askWhole(home, question, deps);
    if (answer.status === 200) await deps.homes.uploaded(digest, home);
    sendAnswer(context, answer);
  };
}

/** `POST /api/blobs/:digest`: to the caller's home, as it comes; nothing of it is kept here. */
export function createPostBlob(deps: VerbDeps): VerbHandler {
  return async (context) => {
    const { digest, path } = blobOf(context);
    const home = await homeFor(context, deps);
    const away = new AbortController();
    const unwatch = whenAway(deps.fleet, home, () => away.abort());
    try {
      const question = { method: 'POST', path, requestId: context.id, body: context.req, signal: away.signal } as const;
      const answer = await askWhole(home, question, deps);
      if (answer.status < 300) await deps.homes.uploaded(digest, home);
      sendAnswer(context, answer);
    } finally {
      unwatch();
    }
  };
}

function blobOf({ params }: RequestContext): { readonly digest: string; readonly path: string } {
  const digest = params.digest ?? '';
  if (!DIGEST.test(digest)) throw badRequest('invalid digest format');
  return { digest: digest.replace('-', ':').toLowerCase(), path: `/api/blobs/${digest}` };
}

async function homeFor(context: RequestContext, { fleet, homes }: VerbDeps): Promise<AgentRecord> {
  const home = await homes.homeOf(context.caller.id, agentsFor(context, fleet.snapshot()));
  if (home) return home;
  throw new AppError('NO_CANDIDATE', { details: { reason: 'no agent is there that an upload could go to' }, retryAfterS: 5 });
}
