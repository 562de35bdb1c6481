import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Assignment } from '../balancing/create-balancing.js';
import { isStream } from '../forwarding/answer-relay.js';
import { rendersPrompts } from '../forwarding/hand-over/can-hand-over.js';
import { createContinuation } from '../forwarding/hand-over/continuation.js';
import { rawPrompt, tokensLeft, wantsUsage } from '../forwarding/hand-over/continuation-request.js';
import { endsWhole } from '../forwarding/stream-end.js';
import { ClientLeft } from '../http/read-body.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { Among } from '../routing/among.js';
import { acquireSlot } from './acquire-slot.js';
import { continueStream, type OpenStream } from './continue-stream.js';
import { endBrokenStream } from './end-request.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import type { Broken } from './try-agent.js';

/** A request that brought two agents down is not sent to a third: the first broke off, so one that fails to go on is the last. */
const MAX_FAILED_HANDOVERS = 1;

/**
 * The agent went away mid-answer: another one with the same weights goes on where the client's text ends. Where that cannot
 * be, or nobody can, the stream ends in an error record. Throws ClientLeft.
 */
export async function handOver(exchange: Exchange, broken: Broken, deps: AnswerDeps): Promise<void> {
  const { context, record } = exchange;
  const { head, emitted } = broken;
  if (isStream(head) && (emitted.state === 'ended' || endsWhole(broken.tail))) {
    context.res.end();
    return record.settle('completed', { httpStatus: head.status, ...broken.figures });
  }
  const stream = openStream(exchange, broken, deps);
  if (!stream) {
    if (isStream(head)) record.handedOver('impossible');
    return endBrokenStream(exchange, broken.agent, broken);
  }
  let isEnded = false;
  try {
    isEnded = await continueElsewhere(exchange, stream, broken.agent, deps);
  } catch (failure) {
    record.handedOver('cancelled');
    throw failure;
  }
  record.handedOver(isEnded ? 'completed' : 'failed');
  if (!isEnded) return endBrokenStream(exchange, broken.agent, broken);
  context.res.end();
  record.settle('completed', { httpStatus: head.status, ...stream.continuation.figures });
}

/** Undefined where the stream cannot be continued, whoever would. */
function openStream({ context, request }: Exchange, broken: Broken, { clock }: AnswerDeps): OpenStream | undefined {
  const { emitted, streamedMs, head } = broken;
  const shape = request.continuable;
  if (shape === undefined || emitted.state !== 'text' || head.status !== 200 || !isStream(head)) return undefined;
  const fields = JSON.parse(request.body.toString('utf8')) as Record<string, unknown>;
  const identity = { model: request.model, id: `chatcmpl-${context.id}`, created: Math.floor(context.receivedAtMs / 1000) };
  const continuation = createContinuation({
    res: context.res,
    shape,
    emitted,
    identity,
    includeUsage: wantsUsage(fields),
    startedMs: context.startedMs,
    streamedMs,
    clock,
  });
  return { shape, fields, continuation, prompt: undefined };
}

/** True once the stream has its end. */
async function continueElsewhere(exchange: Exchange, stream: OpenStream, gone: AgentRecord, deps: AnswerDeps): Promise<boolean> {
  const { continuation } = stream;
  const exclude = new Set<AgentId>([gone.id]);
  const heirs = heirsOf(gone, exchange, stream);
  for (let failed = 0; failed < MAX_FAILED_HANDOVERS && continuation.emitted.state === 'text'; ) {
    if (tokensLeft(stream.shape, stream.fields, continuation.emitted) === 0) {
      continuation.endAtLimit();
      return true;
    }
    const assignment = await acquireHeir(exchange, exclude, deps, heirs);
    if (!assignment) return false;
    const result = await continueStream(exchange, stream, assignment, deps);
    if (result === 'ended') return true;
    if (result === 'client-left') throw new ClientLeft();
    if (result !== 'busy') exclude.add(assignment.agent.id);
    if (result === 'failed') failed += 1;
  }
  return false;
}

/** Undefined where nobody will do. */
async function acquireHeir(
  exchange: Exchange,
  exclude: ReadonlySet<AgentId>,
  deps: AnswerDeps,
  heirs: Among,
): Promise<Assignment | undefined> {
  try {
    return await acquireSlot(exchange, exclude, deps, heirs);
  } catch (failure) {
    if (failure instanceof ClientLeft) throw failure;
    return undefined;
  }
}

/** Agents with the same weights, whose Ollama can render the prompt where it must be rendered. */
function heirsOf(gone: AgentRecord, { request }: Exchange, { shape, fields }: OpenStream): Among {
  const { model } = request.facts;
  const digest = gone.models.get(model)?.digest;
  const needsRendering = rawPrompt(shape, fields) === undefined;
  return {
    line: `continue ${digest}`,
    includes: (agent) =>
      digest !== undefined && agent.models.get(model)?.digest === digest && (!needsRendering || rendersPrompts(agent.ollamaVersion)),
  };
}
