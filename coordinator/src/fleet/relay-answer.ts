import type { ServerResponse } from 'node:http';
import { AppError } from '@ollama-coordinator/common';
import { headerText } from '../http/header-text.js';
import type { RequestContext } from '../http/request-context.js';
import { errorRecord } from '../http/send-error.js';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import type { AgentAnswer } from './ask-agent.js';
import type { WholeAnswer } from './every-agent.js';
import { whenAway } from './when-away.js';

/** Answers with what an Ollama answered, and says whose it was. */
export function sendAnswer(context: RequestContext, { agent, status, contentType, body }: WholeAnswer): void {
  const type = contentType === undefined ? {} : { 'content-type': contentType };
  context.res.writeHead(status, { ...type, 'content-length': body.length, ...agentHeaders(context, [agent]) }).end(body);
}

/** Says who took part in an answer. */
export function agentHeaders({ id }: RequestContext, agents: readonly AgentRecord[]): Record<string, string> {
  return { 'x-coordinator-agent': headerText(agents.map(({ name }) => name).join(', ')), 'x-coordinator-request-id': id };
}

export interface RelayOptions {
  readonly fleet: Pick<FleetView, 'onChange'>;
  /** Called with the last record before it is sent; what it waits for, the client waits for. */
  readonly beforeEnd?: (lastRecord: string) => Promise<void>;
}

/**
 * Passes a stream of progress on as it comes, with back-pressure. One whose agent goes away ends in an error record; a client
 * that leaves ends the work of the agent. Never rejects once the answer has begun.
 */
export async function relayAnswer(context: RequestContext, answer: AgentAnswer, { fleet, beforeEnd }: RelayOptions): Promise<void> {
  const { res, id, shape } = context;
  const { agent, status, headers, body } = answer;
  const { 'content-type': type, 'content-length': length } = headers;
  const kept = { ...(type === undefined ? {} : { 'content-type': type }), ...(length === undefined ? {} : { 'content-length': length }) };
  res.writeHead(status, { ...kept, ...agentHeaders(context, [agent]) });
  const onClientGone = () => body.destroy();
  res.once('close', onClientGone);
  const unwatch = whenAway(fleet, agent, () => body.destroy());
  let held: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const text = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = beforeEnd ? text.lastIndexOf('\n', text.length - 2) + 1 : text.length;
      held = text.subarray(end);
      if (end > 0 && !res.write(text.subarray(0, end))) await drained(res);
    }
    if (!body.complete) throw new Error('the answer broke off');
    if (held.length > 0) await beforeEnd?.(held.toString());
    res.end(held);
  } catch {
    const broken = new AppError('STREAM_BROKEN', { details: { agent: agent.name } });
    if (type?.includes('ndjson')) res.end(errorRecord(broken, shape, id));
    else res.destroy();
  } finally {
    unwatch();
    res.off('close', onClientGone);
  }
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.once('drain', done).once('close', done);
  });
}
