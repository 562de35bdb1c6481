import type { SimClient } from './sim-client.js';
import type { SimReplica } from './sim-replica.js';

/** As the table of routes has it. */
const ROUTE = {
  kind: 'inference',
  method: 'POST',
  path: '/api/chat',
  scope: 'infer',
  shape: 'ollama',
  operation: 'chat',
  streamsByDefault: true,
  modelErrors: { missing: { status: 400, message: 'model is required' }, unknown: "model '{model}' not found", goType: 'ChatRequest' },
} as const;

export interface Chat {
  readonly id: string;
  readonly caller: string;
  readonly body: object;
}

/** A client's `POST /api/chat`, from the point where its HTTP request has arrived at the replica. */
export function sendChat(replica: SimReplica, client: SimClient, { id, caller, body }: Chat): void {
  const context = {
    id,
    req: client.req,
    res: client.res,
    path: ROUTE.path,
    params: {},
    query: '',
    shape: ROUTE.shape,
    caller: { id: caller, scopes: new Set<'infer'>(['infer']) },
    audit: {},
    receivedAtMs: replica.clock.now(),
    startedMs: replica.clock.monotonic(),
  };
  void replica.handle(context, ROUTE);
  client.sendBody(Buffer.from(JSON.stringify(body)));
}
