import type { Send } from '#coordinator/forwarding/send-by-proxy.js';
import { createLineReader, parseRecord } from '#coordinator/registry/agent-watch.js';
import type { OpenWatch } from '#coordinator/registry/agent-watches.js';
import type { ProcessClock } from '../time/event-clock.js';
import type { Network } from './network.js';
import type { SimAgent } from './sim-agent.js';

export interface TransportDeps {
  readonly replica: string;
  readonly clock: ProcessClock;
  readonly network: Network;
  readonly agents: ReadonlyMap<string, SimAgent>;
}

/** Told of each request that leaves a replica, before it leaves. */
export type SendListener = (sent: { readonly replica: string; readonly requestId: string; readonly agent: string }) => void;

/** A watch over the simulated network: the agent's real lines through the real line reader. */
export function createOpenWatch({ replica, network, agents }: TransportDeps): OpenWatch {
  return ({ address, token, onRecord, onSign, onEnd }) => {
    const agent = agentAt(agents, address);
    const connection = network.connect(replica, agent.id);
    const incarnation = Number(token.split(' ')[2]);
    let isEnded = false;
    const end = (reason: string) => {
      if (isEnded) return;
      isEnded = true;
      connection.close('client');
      onEnd(reason);
    };
    const readChunk = createLineReader((line) => {
      const record = parseRecord(line);
      if (record === undefined) end('sent something that is no watch record');
      else if (!isEnded && record.type !== 'ping') onRecord(record);
    });
    connection.listen('client', { onClosed: end });
    connection.toServer(() =>
      agent.watch(connection, incarnation, (line) => {
        if (isEnded) return;
        onSign();
        readChunk(Buffer.from(line));
      }),
    );
    return () => {
      isEnded = true;
      connection.close('client');
    };
  };
}

/** Stands where http-proxy stands: one request to an agent, whose answer is written into the sink. */
export function createSend({ replica, network, agents, onSend }: TransportDeps & { readonly onSend: SendListener }): Send {
  return ({ headers }, sink, target) => {
    const agent = agentAt(agents, `http://${target.hostname}:11435`);
    onSend({ replica, requestId: headers['x-coordinator-request-id'] ?? '', agent: agent.id });
    return new Promise<void>((resolve, reject) => {
      const connection = network.connect(replica, agent.id);
      sink.once('close', () => {
        connection.close('client');
        resolve();
      });
      connection.listen('client', {
        onClosed: (code) => reject(Object.assign(new Error(code), { code })),
      });
      connection.toServer(() =>
        agent.forward(connection, headers, {
          onHead: (status, answered) => sink.answered({ status, rawHeaders: Object.entries(answered).flat() }),
          onChunk: (chunk) => void sink.write(Buffer.from(chunk)),
          onEnd: () => {
            sink.end();
            resolve();
          },
        }),
      );
    });
  };
}

function agentAt(agents: ReadonlyMap<string, SimAgent>, address: string): SimAgent {
  const { hostname } = new URL(address);
  for (const agent of agents.values()) if (agent.host === hostname) return agent;
  throw new Error(`no agent listens at ${address}`);
}
