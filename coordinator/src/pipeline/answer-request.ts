import { AppError, type Clock } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { WaitingLines } from '../admission/waiting-lines.js';
import type { Assignment, Balancing } from '../balancing/create-balancing.js';
import type { Tokens } from '../credentials/tokens.js';
import type { AttemptResult, ForwardAttempt } from '../forwarding/forward-attempt.js';
import { clientHeaders } from '../forwarding/forwarded-headers.js';
import { endsWhole, finalFigures } from '../forwarding/stream-end.js';
import { ClientLeft } from '../http/read-body.js';
import type { RequestContext } from '../http/request-context.js';
import { errorRecord } from '../http/send-error.js';
import type { RequestRecord } from '../recording/request-record.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { InferenceRequest } from '../routing/inference-request.js';
import { matchesPin } from '../routing/pin.js';
import { unknownModel } from '../routing/unknown-model.js';
import { CLIENT_LEFT_STATUS } from './settle-failure.js';

export interface AnswerDeps {
  readonly balancing: Balancing;
  readonly lines: WaitingLines;
  readonly forward: ForwardAttempt;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly maxAttempts: number;
  readonly firstByteTimeoutMs: number;
  readonly loadTimeoutMs: number;
}

/** A request that brought down this many agents is not sent to another. */
const MAX_KILLS = 2;

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/**
 * Tries agents until one answers. An attempt is counted when Ollama may have seen the request; a full gate or a refused
 * connection costs nothing. Throws an AppError, or ClientLeft, while nothing has been sent to the client.
 */
export async function answerRequest(
  context: RequestContext,
  request: InferenceRequest,
  record: RequestRecord,
  deps: AnswerDeps,
): Promise<void> {
  const exclude = new Set<AgentId>();
  let kills = 0;
  let last: Failed | undefined;
  while (record.attempts < deps.maxAttempts && kills < MAX_KILLS) {
    const assignment = await acquireSlot(context, request, record, exclude, deps).catch((failure: unknown) => failure);
    if (assignment instanceof Error) {
      if (last && !(assignment instanceof ClientLeft)) return giveUp(context, record, last);
      throw assignment;
    }
    const { agent, why } = assignment as Assignment;
    record.assigned(agent, why);
    const result = await tryAgent(context, request, record, assignment as Assignment, deps);
    switch (result.kind) {
      case 'answered':
        return settleAnswered(record, result);
      case 'client-left':
        return record.settle('cancelled', { httpStatus: CLIENT_LEFT_STATUS });
      case 'broken':
        return endBrokenStream(context, request, record, agent, result);
      case 'busy':
        deps.lines.noteBusy(agent.id, request.facts.signature);
        break;
      case 'failed':
        exclude.add(agent.id);
        last = result;
        if (result.reached && !result.answer && result.error.code !== 'FIRST_BYTE_TIMEOUT') kills += 1;
    }
  }
  if (last) giveUp(context, record, last);
}

function acquireSlot(
  context: RequestContext,
  request: InferenceRequest,
  record: RequestRecord,
  exclude: ReadonlySet<AgentId>,
  deps: AnswerDeps,
): Promise<Assignment> {
  const { facts, pin } = request;
  const attempt = { ...facts, attempt: record.attempts + 1 };
  const matches = pin === undefined ? undefined : (agent: AgentRecord) => matchesPin(agent, pin);
  return new Promise((resolve, reject) => {
    let leaveLine = () => {};
    const onClientGone = () => {
      leaveLine();
      reject(new ClientLeft());
    };
    if (context.res.destroyed) return onClientGone();
    context.res.once('close', onClientGone);
    deps.lines
      .acquire(
        {
          line: pin === undefined ? facts.signature : `${facts.signature} ${pin}`,
          signature: facts.signature,
          priority: facts.priority,
          receivedAtMs: context.receivedAtMs,
          exclude,
          place: (excluded) => deps.balancing.place(attempt, { exclude: excluded, ...(matches ? { pin: matches } : {}) }),
        },
        (leave) => {
          leaveLine = leave;
        },
      )
      .then(resolve, (failure: unknown) =>
        reject(failure instanceof AppError && failure.code === 'UNKNOWN_MODEL' ? unknownModel(request.model, request.route) : failure),
      )
      .finally(() => context.res.off('close', onClientGone));
  });
}

async function tryAgent(
  context: RequestContext,
  request: InferenceRequest,
  record: RequestRecord,
  assignment: Assignment,
  deps: AnswerDeps,
): Promise<AttemptResult> {
  const { agent, why } = assignment;
  const { facts } = request;
  const attempt = record.attempts + 1;
  const assignedMs = deps.clock.monotonic();
  const result = await deps.forward(context.res, {
    agent,
    token: deps.tokens.forAgent(agent.id),
    path: request.route.path,
    body: request.body,
    requestId: context.id,
    attempt,
    signature: facts.signature,
    grantId: undefined,
    contentType: context.req.headers['content-type'],
    accept: context.req.headers.accept,
    firstByteTimeoutMs: deps.firstByteTimeoutMs + (isLoaded(agent, facts.signature) ? 0 : deps.loadTimeoutMs),
    answerHeaders: answerHeaders(context, agent, attempt, record.queueMs, why),
    onFirstByte: () => {
      record.firstByte();
      assignment.firstByte(deps.clock.monotonic() - assignedMs);
    },
  });
  const reached = result.kind === 'failed' ? result.reached : result.kind !== 'busy';
  record.attempted(agent, result.kind, reached);
  assignment.settle(settledOutcome(result, deps.clock.monotonic() - assignedMs));
  deps.lines.capacityChanged();
  return result;
}

function isLoaded(agent: AgentRecord, signature: string): boolean {
  return agent.runners.some((runner) => runner.signature === signature && runner.state === 'ready');
}

/** The attempt in the words of the balancer contract. */
function settledOutcome(result: AttemptResult, totalMs: number): Parameters<Assignment['settle']>[0] {
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

function settleAnswered(record: RequestRecord, { head, tail }: Extract<AttemptResult, { kind: 'answered' }>): void {
  const isWhole = head.status < 400 && (!isStream(head.headers['content-type']) || endsWhole(tail));
  record.settle(isWhole ? 'completed' : 'failed', { httpStatus: head.status, ...finalFigures(tail) });
}

/** Only a stream has an end of its own; a JSON answer is whole when HTTP says so. */
function isStream(contentType: string | string[] | undefined): boolean {
  return /ndjson|event-stream/.test(String(contentType));
}

/** The agent went away mid-answer. A stream ends in an error record of its own format; an answer with a promised length is cut. */
function endBrokenStream(
  context: RequestContext,
  request: InferenceRequest,
  record: RequestRecord,
  agent: AgentRecord,
  { head, tail }: Extract<AttemptResult, { kind: 'broken' }>,
): void {
  const error = new AppError('STREAM_BROKEN', { details: { agent: agent.name } });
  const { res } = context;
  if (isStream(head.headers['content-type'])) {
    const isMidRecord = !tail.endsWith('\n');
    res.end((isMidRecord ? '\n' : '') + errorRecord(error, request.route.shape, context.id));
  } else {
    res.destroy();
  }
  record.settle('failed', { httpStatus: head.status, errorCode: error.code, ...finalFigures(tail) });
}

/** No further agent will do. An answer that an agent did give, an error of Ollama's own, says more than a sentence of ours. */
function giveUp(context: RequestContext, record: RequestRecord, last: Failed): void {
  if (!last.answer) {
    const tries = record.attempts;
    throw tries > 1
      ? new AppError('OUT_OF_TRIES', { details: { tries, cause: last.error.message }, cause: last.error, retryAfterS: 1 })
      : last.error;
  }
  const { head, body } = last.answer;
  const headers = clientHeaders(head.headers, {
    'x-coordinator-request-id': context.id,
    'x-coordinator-attempts': String(record.attempts),
  });
  context.res.writeHead(head.status, { ...headers, 'content-length': body.length });
  context.res.end(body);
  record.settle('failed', { httpStatus: head.status, errorCode: last.error.code });
}

function answerHeaders(
  context: RequestContext,
  agent: AgentRecord,
  attempts: number,
  queueMs: number,
  why: string,
): Record<string, string> {
  return {
    'x-coordinator-agent': headerText(agent.name),
    'x-coordinator-request-id': context.id,
    'x-coordinator-attempts': String(attempts),
    'x-coordinator-queue-ms': queueMs.toFixed(0),
    'x-coordinator-why': headerText(why),
  };
}

/** HTTP headers are Latin-1; a name may be in any script, so what does not fit is percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character));
}
