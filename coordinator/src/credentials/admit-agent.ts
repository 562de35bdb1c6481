import { AppError, type RegisterRequest } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { JoinToken } from './join-token.js';
import type { JoinTokens } from './join-tokens.js';
import type { AgentCredential, Tokens } from './tokens.js';

/** What is known of the agent whose id a registration names. */
export interface KnownAgent {
  readonly incarnation: number;
  /** Of its last heartbeat; 0 before the first of this start. */
  readonly sequence: number;
  readonly registration: Admission;
  readonly operator: { readonly revoked?: boolean; readonly generation?: number };
}

/** What an agent that was let in is registered with. */
export interface Admission {
  /** Its credential, as `<incarnation>.<generation>`; absent where it does not keep one. */
  readonly credential?: string;
  /** The one that it came back with; still good until its first heartbeat, since the answer may have been lost. */
  readonly shownCredential?: string;
  /** It joined by a token that asks for an administrator's approval. */
  readonly needsApproval?: boolean;
}

/**
 * Lets an agent register, or throws: BAD_JOIN_TOKEN, JOIN_TOKEN_SPENT, JOIN_UNAVAILABLE, AGENT_ID_TAKEN, AGENT_REVOKED. An agent that
 * keeps its credential comes back with that alone; its id is then nobody else's, whatever join token they have.
 */
export type AdmitAgent = (
  request: Pick<RegisterRequest, 'join_token' | 'incarnation' | 'keeps_credential'>,
  agent: { readonly id: AgentId; readonly bearer: string | undefined; readonly known: KnownAgent | undefined },
) => Promise<Admission>;

export interface AdmitAgentDeps {
  readonly joinToken: JoinToken;
  readonly joinTokens: Pick<JoinTokens, 'use'>;
  readonly tokens: Pick<Tokens, 'read'>;
  /** Whether who joins by the shared token has to be approved. */
  readonly approveAgents: boolean;
}

export function createAdmitAgent({ joinToken, joinTokens, tokens, approveAgents }: AdmitAgentDeps): AdmitAgent {
  const { isShared, isHosted } = joinToken;
  const readCredential = (bearer: string | undefined): AgentCredential | undefined => {
    try {
      return tokens.read(bearer);
    } catch {
      return undefined;
    }
  };

  return async (request, { id, bearer, known }) => {
    if (known?.operator.revoked) throw new AppError('AGENT_REVOKED', { details: { agent: id } });
    if (isShared === undefined || isHosted(request.join_token)) return {};
    const credential = readCredential(bearer);
    const shown = credential?.agentId === id ? serialOf(credential) : undefined;
    const isHolder = shown !== undefined && isGood(shown, known);
    if (!isHolder && known?.registration.credential !== undefined && !isRepeated(request, known))
      throw new AppError('AGENT_ID_TAKEN', { details: { agent: id } });
    const waits = isHolder ? known?.registration.needsApproval === true : await joins(request, id, known);
    if (!request.keeps_credential) return waits ? { needsApproval: true } : {};
    const next = serialOf({ incarnation: request.incarnation, generation: known?.operator.generation ?? 0 });
    const before = shown === next ? known?.registration.shownCredential : shown;
    return {
      credential: next,
      ...(before === undefined ? {} : { shownCredential: before }),
      ...(waits ? { needsApproval: true } : {}),
    };
  };

  /** By a token. Resolves with whether it has to wait for approval. */
  async function joins({ join_token: token, incarnation }: Parameters<AdmitAgent>[0], id: AgentId, known: KnownAgent | undefined) {
    const mustWait = known === undefined ? approveAgents : known.registration.needsApproval === true;
    if (isShared?.(token)) return mustWait;
    if (token === undefined) throw new AppError('BAD_JOIN_TOKEN');
    return (await joinTokens.use(token, { id, incarnation })) === 'waits' || known?.registration.needsApproval === true;
  }
}

/** An agent that nobody knows any more was forgotten, not shut out: its credential is ours, so it may come back. */
function isGood(shown: string, known: KnownAgent | undefined): boolean {
  if (known === undefined || known.registration.credential === undefined) return true;
  const { credential, shownCredential } = known.registration;
  return shown === credential || (shown === shownCredential && known.sequence === 0);
}

/** The same start asks again before its first heartbeat: the answer that had its credential was lost. */
function isRepeated(request: { readonly incarnation: number }, known: KnownAgent): boolean {
  const isFirst = known.registration.shownCredential === undefined;
  return isFirst && known.sequence === 0 && known.incarnation === request.incarnation;
}

function serialOf({ incarnation, generation }: Pick<AgentCredential, 'incarnation' | 'generation'>): string {
  return `${incarnation}.${generation}`;
}
