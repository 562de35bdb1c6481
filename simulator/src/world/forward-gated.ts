import { FORWARD_HEADERS } from '@ollama-coordinator/common';
import type { Ticket } from '#agent/gate/gate-state.js';
import type { AgentOllama, Job, JobEvents } from './agent-ollama.js';
import { type AgentProcess, lookSoon } from './agent-process.js';
import type { Connection } from './network.js';

/** What arrives at the agent's end of a connection, and how it answers. */
export interface AnswerEvents {
  readonly onHead: (status: number, headers: Readonly<Record<string, string>>) => void;
  readonly onChunk: (chunk: string) => void;
  readonly onEnd: () => void;
}

interface Forwarded {
  readonly process: AgentProcess;
  readonly ollama: AgentOllama;
  readonly connection: Connection;
  readonly headers: Readonly<Record<string, string>>;
  readonly events: AnswerEvents;
}

/** As the agent's server does it: gate, room, Ollama, release. */
export async function forwardGated(forwarded: Forwarded): Promise<void> {
  const { process, ollama, connection, headers } = forwarded;
  const { gate, incarnation } = process;
  const [replica = '', , named] = (headers.authorization ?? '').replace('Bearer ', '').split(' ');
  if (Number(named) !== incarnation) return refuse(forwarded, 401, FORWARD_HEADERS.error, 'BAD_AGENT_TOKEN');
  const admission = gate.admit({
    replica,
    signature: headers[FORWARD_HEADERS.signature] ?? '',
    grantId: headers[FORWARD_HEADERS.grant],
    evict: headers[FORWARD_HEADERS.evict]?.split(',') ?? [],
  });
  if (!admission.admitted) return refuse(forwarded, 503, FORWARD_HEADERS.busy, admission.reason);
  const { ticket } = admission;
  if (ticket.victims.length > 0 && !(await gate.makeRoom(ticket)))
    return refuse(forwarded, 503, FORWARD_HEADERS.busy, 'no idle model could be unloaded');
  if (!connection.isOpen('server')) return gate.release(ticket);
  if (ollama.isUp()) return pass(forwarded, ticket);
  gate.release(ticket);
  refuse(forwarded, 502, FORWARD_HEADERS.error, 'OLLAMA_UNREACHABLE');
}

function pass(forwarded: Forwarded, ticket: Ticket): void {
  const { process, ollama, connection, headers } = forwarded;
  const closed = () => {
    process.jobs.delete(job);
    process.gate.release(ticket);
  };
  const job: Job = ollama.generate(
    { id: headers[FORWARD_HEADERS.requestId] ?? '', signature: headers[FORWARD_HEADERS.signature] ?? '' },
    relay(forwarded, ticket, closed),
  );
  process.jobs.add(job);
  connection.listen('server', {
    onClosed: () => {
      if (!process.jobs.has(job)) return;
      job.cancel();
      closed();
    },
  });
}

function relay(forwarded: Forwarded, ticket: Ticket, closed: () => void): JobEvents {
  const { process, ollama, connection, events } = forwarded;
  let hasBegun = false;
  return {
    onHead: (status) => {
      hasBegun = true;
      if (ticket.runner?.state === 'loading') lookSoon(process, ollama);
      process.gate.loaded(ticket);
      const type = status === 200 ? 'application/x-ndjson' : 'application/json';
      connection.toClient(() => events.onHead(status, { 'content-type': type }));
    },
    onChunk: (chunk) => connection.toClient(() => events.onChunk(chunk)),
    onEnd: () => {
      closed();
      connection.toClient(events.onEnd);
    },
    onBroken: () => {
      closed();
      if (hasBegun) connection.close('server');
      else refuse(forwarded, 502, FORWARD_HEADERS.error, 'OLLAMA_FAILED');
    },
  };
}

function refuse({ connection, events }: Forwarded, status: number, header: string, reason: string): void {
  connection.toClient(() => {
    events.onHead(status, { [header]: reason });
    events.onEnd();
  });
}
