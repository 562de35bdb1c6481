import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Wants, WatchRecord } from '@ollama-coordinator/common';

/** The part of an agent that a registry calls: `GET /agent/watch` and `PUT /agent/wants`. */
export interface FakeAgentWatch {
  readonly port: number;
  /** `Authorization` of each watch that was opened. */
  readonly authorizations: readonly (string | undefined)[];
  readonly wants: readonly Wants[];
  /** Watches open at this moment. */
  open(): number;
  send(record: WatchRecord): void;
  /** Text as it is, cut where a test wants it cut. */
  sendText(text: string): void;
  /** Whether it pings. */
  ping(on: boolean): void;
  breakOff(): void;
  close(): Promise<void>;
}

const STATE: WatchRecord = { type: 'state', sequence: 1, state: 'ready', in_flight: {}, runners: [] };

export async function startFakeAgentWatch({ pingMs = 200, status = 200 } = {}): Promise<FakeAgentWatch> {
  const watchers = new Set<ServerResponse>();
  const authorizations: (string | undefined)[] = [];
  const wants: Wants[] = [];
  let pings = true;
  const server = createServer((req, res) => {
    if (req.method === 'PUT') return void receiveWants(req, res, wants);
    authorizations.push(req.headers.authorization);
    res.writeHead(status, { 'content-type': 'application/x-ndjson' });
    if (status !== 200) return void res.end();
    watchers.add(res);
    res.on('close', () => watchers.delete(res));
    if (pings) res.write(`${JSON.stringify(STATE)}\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sendText = (text: string) => {
    for (const res of watchers) res.write(text);
  };
  const pinger = setInterval(() => pings && sendText('{"type":"ping"}\n'), pingMs);
  return {
    port: (server.address() as AddressInfo).port,
    authorizations,
    wants,
    open: () => watchers.size,
    send: (record) => sendText(`${JSON.stringify(record)}\n`),
    sendText,
    ping(on) {
      pings = on;
    },
    breakOff() {
      for (const res of watchers) res.destroy();
    },
    async close() {
      clearInterval(pinger);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receiveWants(req: IncomingMessage, res: ServerResponse, wants: Wants[]): Promise<void> {
  let text = '';
  for await (const chunk of req) text += chunk;
  wants.push(JSON.parse(text));
  res.writeHead(204).end();
}
