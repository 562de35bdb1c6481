import type { Assignment } from '../balancing/create-balancing.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import { finalFigures } from '../forwarding/stream-end.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { AnswerDeps, Exchange } from './exchange.js';

/** One attempt: forwards the request to the agent that it was assigned to, and frees the slot whatever comes of it. */
export async function tryAgent(exchange: Exchange, assignment: Assignment, deps: AnswerDeps): Promise<AttemptResult> {
  const { context, request, record } = exchange;
  const { agent, why, grantId } = assignment;
  const { signature } = request.facts;
  const attempt = record.attempts + 1;
  const assignedMs = deps.clock.monotonic();
  record.assigned(agent, why);
  const result = await deps.forward(context.res, {
    agent,
    token: deps.tokens.forAgent(agent.id, agent.incarnation),
    path: request.route.path,
    body: request.body,
    requestId: context.id,
    attempt,
    signature,
    ...(grantId === undefined ? {} : { grantId }),
    contentType: context.req.headers['content-type'],
    accept: context.req.headers.accept,
    firstByteTimeoutMs: deps.firstByteTimeoutMs + (isLoaded(agent, signature) ? 0 : deps.loadTimeoutMs),
    answerHeaders: answerHeaders(exchange, agent, attempt, why),
    onFirstByte: () => {
      record.firstByte();
      assignment.firstByte(deps.clock.monotonic() - assignedMs);
    },
  });
  record.attempted(agent, result.kind, result.kind === 'failed' ? result.reached : result.kind !== 'busy');
  assignment.settle(settled(result, deps.clock.monotonic() - assignedMs));
  deps.lines.settled(assignment, tokensServed(result));
  return result;
}

/** What the caller got for it; undefined where nobody counted. */
function tokensServed(result: AttemptResult): { readonly prompt: number; readonly output: number } | undefined {
  if (result.kind === 'busy' || result.kind === 'failed') return { prompt: 0, output: 0 };
  if (result.kind === 'client-left') return undefined;
  const { promptTokens, outputTokens } = finalFigures(result.tail);
  return promptTokens === undefined && outputTokens === undefined ? undefined : { prompt: promptTokens ?? 0, output: outputTokens ?? 0 };
}

function isLoaded(agent: AgentRecord, signature: string): boolean {
  return agent.runners.some((runner) => runner.signature === signature && runner.state === 'ready');
}

/** The attempt in the words of the balancer contract. */
function settled(result: AttemptResult, totalMs: number): Parameters<Assignment['settle']>[0] {
  switch (result.kind) {
    case 'answered': {
      const { promptTokens, outputTokens } = finalFigures(result.tail);
      return {
        outcome: 'completed',
        totalMs,
        ...(promptTokens === undefined ? {} : { promptTokens }),
        ...(outputTokens === undefined ? {} : { outputTokens }),
      };
    }
    case 'busy':
      return { outcome: 'busy', totalMs };
    case 'client-left':
      return { outcome: 'cancelled', totalMs };
    default:
      return { outcome: 'failed', totalMs };
  }
}

function answerHeaders({ context, record }: Exchange, agent: AgentRecord, attempts: number, why: string): Record<string, string> {
  return {
    'x-coordinator-agent': headerText(agent.name),
    'x-coordinator-request-id': context.id,
    'x-coordinator-attempts': String(attempts),
    'x-coordinator-queue-ms': record.queueMs.toFixed(0),
    'x-coordinator-why': headerText(why),
  };
}

/** HTTP headers are Latin-1; a name may be in any script, so what does not fit is percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character));
}
