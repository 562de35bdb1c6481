import { Agent as HttpAgent, type IncomingMessage, request } from 'node:http';
import {
  AppError,
  type Clock,
  createSplitLines,
  describeCause,
  sleep,
  TRANSFER_SILENCE_MS,
  type TransferOutcome,
  type TransferRecord,
  type TransferRequest,
  transferRecordSchema,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { guardConnections } from '../reach/guard-connections.js';
import type { Reach } from '../reach/reach.js';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';

export interface TransfersDeps {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly agentToken: (id: AgentId, incarnation: number) => string;
  readonly clock: Clock;
  /** Judges each connection that is opened; by default none is refused. */
  readonly addresses?: Reach;
}

export interface FollowOptions {
  /** Ends the following; the transfer itself goes on. */
  readonly signal: AbortSignal;
  readonly onRecord: (record: TransferRecord) => void;
}

/** Transfers of agents, as the coordinator sees them. */
export interface AgentTransfers {
  /**
   * Starts or joins a transfer and resolves with its outcome. A lost connection is opened again for as long as the agent may come
   * back. Throws AGENT_UNREACHABLE, AGENT_FAILED, UNKNOWN_AGENT, and the signal's reason.
   */
  follow(id: AgentId, body: TransferRequest, options: FollowOptions): Promise<TransferOutcome>;
  /** Ends what the job alone wants there. Never rejects: an agent that cannot be told gives it up by itself. */
  cancel(id: AgentId, job: string): Promise<void>;
  close(): void;
}

/** How long an agent is waited for that does not answer, and how long between two tries. */
const PATIENCE_MS = 20_000;
const AGAIN_MS = 500;
const CANCEL_WITHIN_MS = 2000;

export function createAgentTransfers({ fleet, agentToken, clock, addresses }: TransfersDeps): AgentTransfers {
  const httpAgent = guardConnections(new HttpAgent({ keepAlive: false }), addresses);

  function find(id: AgentId): AgentRecord {
    const agent = fleet.snapshot().agents.get(id);
    if (agent === undefined) throw new AppError('UNKNOWN_AGENT', { details: { agent: id } });
    return agent;
  }

  return {
    async follow(id, body, { signal, onRecord }) {
      let heardMs = clock.monotonic();
      for (;;) {
        signal.throwIfAborted();
        const agent = find(id);
        const token = agentToken(id, agent.incarnation);
        const listen = (record: TransferRecord) => {
          heardMs = clock.monotonic();
          onRecord(record);
        };
        const ended = await followOnce({ agent, token, body, signal, onRecord: listen, clock, httpAgent });
        if (typeof ended === 'object') return ended;
        if (clock.monotonic() - heardMs > PATIENCE_MS)
          throw new AppError('AGENT_UNREACHABLE', { details: { agent: agent.name, cause: ended } });
        await sleep(clock, AGAIN_MS, signal);
      }
    },
    cancel(id, job) {
      const agent = fleet.snapshot().agents.get(id);
      if (agent === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const headers = { authorization: `Bearer ${agentToken(id, agent.incarnation)}` };
        const path = `${agent.address}/agent/transfers/${job}`;
        const outgoing = request(path, { method: 'DELETE', agent: httpAgent, headers, timeout: CANCEL_WITHIN_MS });
        outgoing.on('timeout', () => outgoing.destroy());
        outgoing.on('response', (response) => response.resume());
        outgoing.on('error', () => undefined);
        outgoing.on('close', resolve);
        outgoing.end();
      });
    },
    close: () => httpAgent.destroy(),
  };
}

interface OneConnection extends FollowOptions {
  readonly agent: AgentRecord;
  readonly token: string;
  readonly body: TransferRequest;
  readonly clock: Clock;
  readonly httpAgent: HttpAgent;
}

/** The outcome, or why the connection ended without one. Throws what another connection would not mend. */
function followOnce({ agent, token, body, signal, onRecord, clock, httpAgent }: OneConnection): Promise<TransferOutcome | string> {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${agent.address}/agent/transfers`, { method: 'POST', agent: httpAgent, headers });
    const silence = createSilence(clock, () => outgoing.destroy(new Error(`silent for ${TRANSFER_SILENCE_MS} ms`)));
    const leave = () => {
      reject(signal.reason);
      outgoing.destroy();
    };
    signal.addEventListener('abort', leave, { once: true });
    outgoing.on('error', (error) => resolve(describeCause(error)));
    outgoing.on('close', () => {
      silence.stop();
      signal.removeEventListener('abort', leave);
      resolve('the connection closed');
    });
    outgoing.on('response', (response) => {
      if (response.statusCode !== 200) return void refusalOf(agent, response).then(reject, reject);
      response.on('error', () => undefined);
      readRecords(response, (record) => {
        silence.heard();
        if (record.type !== 'ping') onRecord(record);
        if (record.type === 'done' || record.type === 'failed') resolve(record);
      });
    });
    if (signal.aborted) leave();
    else outgoing.end(text);
  });
}

function readRecords(response: IncomingMessage, onRecord: (record: TransferRecord) => void): void {
  const split = createSplitLines();
  response.on('data', (chunk: Buffer) => {
    for (const line of split(chunk)) {
      const record = parseRecord(line);
      if (record !== undefined) onRecord(record);
    }
  });
}

/** A kind of record that a newer agent sends is passed over. */
function parseRecord(line: string): TransferRecord | undefined {
  try {
    const parsed = transferRecordSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

async function refusalOf(agent: AgentRecord, response: IncomingMessage): Promise<AppError> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text = (text + chunk).slice(0, 1000);
  if (response.statusCode === 404)
    return new AppError('AGENT_TOO_OLD', { details: { agent: agent.name, what: 'bring models onto its disk' } });
  return new AppError('AGENT_FAILED', { details: { agent: agent.name, cause: `it answered ${response.statusCode}: ${text}` } });
}

function createSilence(clock: Clock, onSilent: () => void) {
  let timer = clock.setTimeout(onSilent, TRANSFER_SILENCE_MS);
  return {
    heard(): void {
      timer.cancel();
      timer = clock.setTimeout(onSilent, TRANSFER_SILENCE_MS);
    },
    stop: () => timer.cancel(),
  };
}
